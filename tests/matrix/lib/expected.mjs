/** The facts that the conformance file finds in every environment. */
const CHECKS = {
  session: {
    activities: [
      'planGenerated', 'planApproved', 'progressUpdated', 'progressUpdated', 'agentMessaged', 'userMessaged', 'agentMessaged',
      'progressUpdated', 'progressUpdated', 'progressUpdated', 'progressUpdated', 'agentMessaged', 'sessionCompleted',
    ],
    state: 'completed',
    pullRequest: 'https://github.com/owner/repo/pull/N',
    files: [
      'created README.md +11 -0', 'renamed docs/getting-started.md +1 -1', 'created scripts/check.sh +4 -0', 'deleted src/legacy.js +0 -2',
      'modified src/settings.js +3 -3',
    ],
  },
  batch: ['completed', 'completed', 'completed'],
  errors: [
    'JulesApiError JulesApiError api_error in callerOfInfo',
    'JulesApiError JulesApiError api_error in callerOfStream',
    'TimeoutError TimeoutError timeout in callerOfTimeout',
    'AbortError AbortError aborted enough in callerOfAbort',
    'InvalidArgumentError InvalidArgumentError invalid_argument in callerOfWith',
  ],
  stream: ['planGenerated', 'planApproved'],
  contexts: true,
};

/** @param {('overHttp' | 'inProcess')[]} doors how the environment reaches the emulator */
export const expected = (doors) => ({
  parsed: ['x +1'],
  ...(doors.includes('overHttp') && { overHttp: { ...CHECKS, unreachable: 'JulesNetworkError' } }),
  ...(doors.includes('inProcess') && { inProcess: CHECKS }),
});

/** The facts that programs/journals.mjs finds of each of these kinds of stores. */
export const expectedOfJournals = (kinds) => {
  const batch = { statuses: Array(6).fill('completed'), same: true, sessions: 3 };
  return { journals: Object.fromEntries(kinds.map((kind) => [kind, { broken: [], batch }])) };
};
