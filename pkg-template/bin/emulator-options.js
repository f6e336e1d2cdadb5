/** The options of `jules-wasm emulator`, in the form of commands.js. */
export const EMULATOR = {
  port: { value: 'N', kind: 'count', most: 65535, text: 'the port (default 8787; 0 selects a free one)' },
  host: { value: 'HOST', text: 'the address to listen on (default 127.0.0.1). The Host header of requests must name it or localhost' },
  'api-key': { value: 'KEY', text: 'the only API key that is accepted (default: a random one, which is printed)' },
  cors: { text: 'sends CORS headers, so that pages of any origin can call it (default: same origin only)' },
  seed: { value: 'N', kind: 'count', text: 'the seed of all ids (default 1)' },
  'step-ms': { value: 'N', kind: 'count', text: 'milliseconds between two steps of a session (default 1000)' },
  scenario: {
    value: 'NAME',
    text:
      'the scenario of sessions whose prompt selects none with [emulator: NAME] (default, question, revise, one-answer, fail, ' +
      'no-outputs, revive, pause, stall, future; or several, separated by commas)',
  },
  scenarios: { value: 'FILE', kind: 'file', text: 'custom scenarios as JSON, as in the option "scenarios" of createEmulator' },
  clock: {
    value: 'KIND',
    choices: ['real', 'virtual'],
    text: 'real (the default), or virtual: polling moves the time, so that waiting takes no real time',
  },
  faults: { value: 'FILE', kind: 'file', text: 'fault rules as JSON, as in the option "faults" of createEmulator' },
  'daily-quota': { value: 'N', kind: 'count', text: 'how many sessions can be created within 24 hours (default: unlimited)' },
  'concurrent-quota': { value: 'N', kind: 'count', text: 'how many sessions can run concurrently (default: unlimited)' },
  'quota-failure': {
    value: 'FORM',
    choices: ['rateLimit', 'quotaFailure', 'bareRateLimit', 'failedPrecondition'],
    text: 'the error of a create beyond the quota: rateLimit (the default), quotaFailure, bareRateLimit or failedPrecondition',
  },
  'activity-lists-per-minute': { value: 'N', kind: 'count', text: 'how often activities can be listed within a minute (the service: 120; default: unlimited)' },
  'max-sessions': { value: 'N', kind: 'count', least: 1, text: 'the largest number of sessions (default 1000)' },
  'max-memory': { value: 'MB', kind: 'count', least: 1, most: 4096, text: 'the memory of all sessions (default 64)' },
  'max-body': { value: 'KB', kind: 'count', least: 1, most: 512 * 1024, text: 'the largest request body (default 1024)' },
  quiet: { text: 'does not log requests' },
};
