// The emulator is a fetch for a client; its scripts and fault rules are data.
import { expectTypeOf } from 'expect-type';
import { connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';
import type {
  BuiltInScenario, Emulator, EmulatorFault, EmulatorFaultRule, EmulatorLimits, EmulatorOptions, EmulatorQuota, EmulatorRequest,
  EmulatorSession, EmulatorSource, ScenarioAction, ScenarioFile, ScenarioPlanStep, ScenarioProgress, ScenarioStep,
} from 'jules-wasm/emulator';

export async function emulated(quota: EmulatorQuota, limits: EmulatorLimits, sources: EmulatorSource[]) {
  const emulator = await createEmulator({ clock: 'virtual', quota, limits, sources });
  expectTypeOf(emulator).toEqualTypeOf<Emulator>();
  expectTypeOf(emulator.requests).toEqualTypeOf<EmulatorRequest[]>();
  expectTypeOf(emulator.sessions()).toEqualTypeOf<EmulatorSession[]>();
  return connect({ ...emulator, fetch: emulator.fetch });
}

const plan: ScenarioPlanStep[] = [{ title: 'Read' }, { title: 'Write', description: 'All of it' }];
const files: ScenarioFile[] = [{ path: 'a', after: 'x' }];
const progress: ScenarioProgress = { files, bash: { command: 'npm test' } };
export const actions: ScenarioAction[] = [
  { state: 'PLANNING' }, { plan }, { progress }, { say: 'x' }, { ask: 'x' }, { pause: {} }, { complete: {} }, { fail: 'x' },
  { activity: {} }, { session: {} }, { answers: 'each' }, { revise: plan }, { refuse: { status: 'INTERNAL' } },
];
export const steps: ScenarioStep[] = ['opening', 'of-the-user', { say: 'Hello', after: 3 }];
// @ts-expect-error an unknown action
steps.push({ sing: 'Hello' });

export const faults: EmulatorFault[] = [
  { status: 503, committed: true, delayMs: 1, envelope: 'array' }, { status: 404, body: {} }, { html: true }, { failedPrecondition: true },
  { invalidApiKey: true }, { reset: true }, { refuse: true }, { hang: true }, { cutBody: true }, { redirect: '/' }, { delayMs: 1 },
  { notFoundFor: 1 }, { listLagMs: 1 }, { activityLagMs: 1 }, { shuffledPages: true }, { skewMs: 1 }, { emptyPages: true }, { maxPageSize: 1 },
];
export const rules: EmulatorFaultRule[] = faults.map((fault) => ({ on: 'any', times: 'always', fault }));
// @ts-expect-error an unknown fault
faults.push({ crash: true });

export const options: EmulatorOptions = { scenario: 'question' satisfies BuiltInScenario, scenarios: { mine: steps }, faults: rules };
// @ts-expect-error an unknown option
void createEmulator({ speed: 2 });
