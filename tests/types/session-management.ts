// The Session Management document, word for word. Each snippet is a function of its own, so that names may repeat.
import { jules } from 'jules-wasm';
import type { ChangeSetArtifact, GeneratedFiles, SessionClient, SessionConfig, SessionOutcome } from 'jules-wasm';

export async function interactiveSessions() {
  const session = await jules.session({
    prompt: 'Refactor the authentication module.',
    source: { github: 'owner/repo', baseBranch: 'main' },
    requireApproval: true // Default is true for jules.session()
  });
  return session;
}

export async function automatedSessions() {
  const run = await jules.run({
    prompt: 'Fix the linting errors in src/utils.ts',
    source: { github: 'owner/repo', baseBranch: 'main' },
    autoPr: true // Default is true for jules.run()
  });
  return run;
}

export async function repolessSessions() {
  const session = await jules.session({
    prompt: `
    Create a Python script that calculates the Fibonacci sequence
    and explain how it works.
  `
  });

  // The agent runs in an ephemeral VM with standard tools installed.
  return session;
}

export async function waitingForStates(session: SessionClient) {
  // Wait for the agent to generate a plan
  await session.waitFor('awaitingPlanApproval');
}

export async function approvingPlans(session: SessionClient) {
  // Review the plan (accessible via session.info() or stream)
  const info = await session.info();
  console.log('Plan:', info.activities?.find(a => a.type === 'planGenerated'));

  // Approve it to continue
  await session.approve();
}

export async function askingAndSendingMessages(session: SessionClient) {
  // Send a message without waiting for a reply
  await session.send("Make sure to add unit tests.");

  // Send a message and wait for the agent's response
  const reply = await session.ask("What testing framework are you using?");
  console.log(reply.message);
}

export async function batchProcessing() {
  const tasks = [
    'Fix bug A',
    'Fix bug B',
    'Update documentation'
  ];

  const sessions = await jules.all(tasks, (task) => ({
    prompt: task,
    source: { github: 'owner/repo', baseBranch: 'main' }
  }), {
    concurrency: 5,   // Max 5 parallel sessions
    stopOnError: false // Continue even if one fails
  });
  return sessions;
}

export async function gettingResults(session: SessionClient) {
  const outcome = await session.result();

  if (outcome.state === 'completed') {
    // Access generated files
    const files = outcome.generatedFiles();
    const readme = files.get('README.md');

    // Access the Pull Request
    if (outcome.pullRequest) {
      console.log(`PR Created: ${outcome.pullRequest.url}`);
    }
    return readme;
  }
}

/** The document's own interfaces: code written for them can use the package's values. */
export namespace Documented {
  export interface SessionConfig {
    prompt: string;
    source?: {
      github: string;
      baseBranch: string;
    };
    title?: string;
    requireApproval?: boolean;
    autoPr?: boolean;
  }

  export interface SessionOutcome {
    state: 'completed' | 'failed';
    pullRequest?: { url: string; title: string };
    generatedFiles(): GeneratedFiles;
    changeSet(): ChangeSetArtifact | undefined;
    // ... other properties
  }
}

export const config = (documented: Documented.SessionConfig): SessionConfig => documented;
export const outcome = (ours: SessionOutcome): Documented.SessionOutcome => ours;
