// One session, from the form to its outcome. Texts of the service are inserted as text, never as HTML.
import { AbortError, connect } from 'jules-wasm';
import { createEmulator } from 'jules-wasm/emulator';

const $ = (id) => document.getElementById(id);

const STATES = {
  queued: 'Queued',
  planning: 'Planning',
  awaitingPlanApproval: 'Waiting for your approval',
  awaitingUserFeedback: 'Waiting for your reply',
  inProgress: 'In progress',
  paused: 'Paused',
  completed: 'Completed',
  failed: 'Failed',
};
const SPEAKERS = { agent: 'Jules', user: 'You', system: 'System' };

/** The current session, the controller that stops following it, and the cursor of its last shown activity. */
let current;

$('new').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const stepMs = Number(form.get('pace'));
  current?.stop.abort();
  clear();
  const view = (current = { stop: new AbortController(), session: undefined, cursor: undefined, following: false });
  await attempt(view, async () => {
    const { fetch, apiKey } = await createEmulator({ scenario: form.get('scenario'), stepMs });
    const jules = connect({
      fetch,
      apiKey,
      config: { pollingIntervalMs: Math.min(stepMs / 2, 500), rateLimitRetry: { maxRetryTimeMs: 2000 } },
    });
    const github = form.get('repository').trim();
    const config = {
      prompt: form.get('prompt'),
      requireApproval: form.has('requireApproval'),
      ...(github && { source: { github, baseBranch: 'main' } }),
    };
    view.session = await jules.session(config, { signal: view.stop.signal });
    for (const id of ['timeline', 'chat']) $(id).hidden = false;
    await follow(view);
  });
});

$('chat').addEventListener('submit', async (event) => {
  event.preventDefault();
  const view = current;
  const { session, stop: { signal } } = view;
  const { message } = event.target.elements;
  const text = message.value;
  const isAsk = event.submitter?.name === 'wait';
  message.value = '';
  message.focus();
  await attempt(view, async () => {
    if (isAsk) {
      $('answer').textContent = `Waiting for the reply to “${text}” …`;
      const reply = await session.ask(text, { signal });
      $('answer').textContent = `Reply: ${reply.message}`;
    } else {
      await session.send(text, { signal });
    }
    // A message can make a session active again that has ended.
    if (!view.following) await follow(view);
  });
});

/** Shows the session until it ends. */
async function follow(view) {
  const { session, stop } = view;
  const { signal } = stop;
  view.following = true;
  try {
    for (let ended = false; !ended; ) {
      const [outcome] = await Promise.all([session.result({ signal, onUpdate: showSession }), showActivities(view)]);
      const now = await session.info({ activities: false, signal });
      showSession(now);
      ended = now.state === outcome.state;
      if (ended) showOutcome(outcome);
    }
  } finally {
    view.following = false;
  }
}

async function showActivities(view) {
  const { session, stop, cursor } = view;
  for await (const activity of session.stream({ after: cursor, signal: stop.signal })) {
    view.cursor = activity.cursor;
    showActivity(activity, view);
    for (const artifact of activity.artifacts) {
      if (artifact.type === 'changeSet') showFiles(artifact.parsed().files);
      if (artifact.type === 'media') showImage(artifact, activity);
    }
  }
}

/** Runs a function and shows its error, unless another session was started meanwhile. */
async function attempt(view, work) {
  $('error').hidden = true;
  try {
    await work();
  } catch (error) {
    if (view !== current || error instanceof AbortError) return;
    $('error').replaceChildren(element('strong', {}, error.name), ` ${error.message}`);
    $('error').hidden = false;
    if (!view.session) showState('none', 'Not started');
  }
}

function clear() {
  for (const id of ['timeline', 'files', 'images']) $(id).replaceChildren();
  for (const id of ['timeline', 'chat']) $(id).hidden = true;
  $('no-images').hidden = false;
  $('files-summary').textContent = 'No changes yet.';
  $('answer').textContent = '“Ask” waits for the reply, “Send” does not.';
  $('outcome').replaceChildren(element('p', { className: 'muted' }, 'None yet.'));
  $('about').textContent = '';
  showState('none', 'Starting …');
}

function showState(state, text) {
  if ($('state').textContent === text) return;
  $('state').textContent = text;
  $('state').dataset.state = state;
}

function showSession({ id, title, state, rawState }) {
  showState(state, STATES[state] ?? `Unknown state ${rawState ?? ''}`.trim());
  $('about').textContent = `${title} · ${id}`;
  $('message-label').textContent = state === 'awaitingUserFeedback' ? 'Your reply to Jules' : 'Message to Jules';
  $('timeline').dataset.state = state;
}

function showActivity(activity, view) {
  const timeline = $('timeline');
  const atEnd = timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 40;
  const { type, originator, createTime } = activity;
  const speaker = SPEAKERS[originator] ?? originator;
  timeline.append(
    element(
      'li',
      { className: `entry entry--${originator === 'user' ? 'user' : 'agent'} entry--${type}` },
      element('p', { className: 'entry__head' }, element('strong', {}, speaker), ' ', time(createTime)),
      ...contentOf(activity, view),
      ...activity.artifacts.filter(({ type }) => type === 'bashOutput').map(bashOutput),
    ),
  );
  if (atEnd) timeline.scrollTop = timeline.scrollHeight;
}

function contentOf(activity, view) {
  const { type, title, description, artifacts } = activity;
  const text = (content) => element('p', { className: 'entry__text' }, content);
  switch (type) {
    case 'planGenerated':
      return [plan(activity, view)];
    case 'planApproved':
      return [text('Approved the plan.')];
    case 'agentMessaged':
    case 'userMessaged':
      return [text(activity.message)];
    case 'sessionCompleted':
      return [text('The session completed.')];
    case 'sessionFailed':
      return [text(`The session failed: ${activity.reason || 'no reason given'}`)];
    case 'progressUpdated': {
      // The description of a command repeats its output.
      const ranCommand = artifacts.some((artifact) => artifact.type === 'bashOutput');
      const more = description && !ranCommand ? [text(description)] : [];
      return [element('p', { className: 'entry__title' }, title || 'Progress'), ...more];
    }
    default:
      return [
        text(description ?? 'An activity of an unknown type.'),
        element('details', {}, element('summary', {}, 'Raw data'), code(JSON.stringify(activity.raw, null, 2))),
      ];
  }
}

function plan({ plan: { steps } }, view) {
  // Only the latest plan can be approved. The style sheet shows its button only while the session waits for approval.
  for (const older of $('timeline').querySelectorAll('.approve')) older.remove();
  const button = element('button', { className: 'primary approve', type: 'button' }, 'Approve the plan');
  button.addEventListener('click', async () => {
    button.disabled = true;
    await attempt(view, () => view.session.approve({ signal: view.stop.signal }));
    button.disabled = false;
  });
  const items = steps.map(({ title, description }) =>
    element('li', {}, title, ...(description ? [element('p', { className: 'muted' }, description)] : [])));
  return element('div', { className: 'plan' }, element('h3', {}, 'Plan'), element('ol', {}, ...items), button);
}

function bashOutput(artifact) {
  const { exitCode } = artifact;
  const result = element('span', { className: exitCode ? 'exit exit--bad' : 'exit' }, `exit code ${exitCode}`);
  return element('div', { className: 'bash' }, code(`$ ${artifact.command}\n${artifact.output}`, 'Command output'), result);
}

function showFiles(files) {
  const isOpen = new Set([...$('files').querySelectorAll('details[open]')].map(({ dataset }) => dataset.path));
  const total = (count) => files.reduce((sum, file) => sum + file[count], 0);
  $('files-summary').textContent =
    files.length === 0 ? 'No changes.' : `${files.length} changed: +${total('additions')} −${total('deletions')} lines`;
  $('files').replaceChildren(
    ...files.map((file) => {
      const { path, oldPath, changeType, additions, deletions, binary } = file;
      const counts = binary
        ? [element('span', { className: 'muted' }, 'binary')]
        : [element('span', { className: 'plus' }, `+${additions}`), ' ', element('span', { className: 'minus' }, `−${deletions}`)];
      const details = element(
        'details',
        { className: 'file', open: isOpen.has(path) },
        element(
          'summary',
          {},
          element('span', { className: `change change--${changeType}` }, changeType),
          element('span', { className: 'path' }, oldPath ? `${oldPath} → ${path}` : path),
          element('span', { className: 'counts' }, ...counts),
        ),
        diff(file),
      );
      details.dataset.path = path;
      return details;
    }),
  );
}

/** The patch of a file with coloured lines. Lines before the first `@@` are headers. */
function diff({ path, patch }) {
  let inHunk = false;
  const lines = patch.replace(/\n$/, '').split('\n').map((line) => {
    inHunk ||= line.startsWith('@@');
    const kind = { '+': 'line--plus', '-': 'line--minus', '@': 'line--hunk' }[inHunk ? line[0] : ''];
    return element('span', { className: `line ${kind ?? (inHunk ? '' : 'line--header')}` }, `${line}\n`);
  });
  const block = code('', `Changes of ${path}`);
  block.firstChild.append(...lines);
  return block;
}

function showImage(media, { createTime, title }) {
  if (!media.mimeType.startsWith('image/')) return;
  $('no-images').hidden = true;
  const image = element('img', { src: media.toUrl(), alt: `Screenshot: ${title || 'by the agent'}` });
  $('images').append(element('figure', {}, image, element('figcaption', {}, `${title || 'Image'} `, time(createTime))));
}

function showOutcome(outcome) {
  const { state, failureReason, pullRequest } = outcome;
  const rows = [];
  if (state === 'failed') rows.push(element('p', { className: 'bad' }, `Failed: ${failureReason ?? 'no reason given'}`));
  else rows.push(element('p', {}, outcome.outputs.length > 0 ? 'Completed.' : 'Completed without outputs.'));
  if (pullRequest) {
    // The URL comes from the service: only https URLs become links.
    const link = /^https:\/\//.test(pullRequest.url) && { href: pullRequest.url, rel: 'noopener noreferrer', target: '_blank' };
    rows.push(element('p', {}, 'Pull request: ', element(link ? 'a' : 'span', link || {}, pullRequest.title || pullRequest.url)));
  }
  $('outcome').replaceChildren(...rows);
  const files = outcome.generatedFiles();
  if (files.size > 0) showFiles(files.all());
}

function time(text) {
  const date = new Date(text);
  if (Number.isNaN(date.valueOf())) return '';
  return element('time', { dateTime: text }, date.toLocaleTimeString());
}

/** A scrollable block, focusable for keyboard users. */
function code(text, label = 'Details') {
  return element('pre', { tabIndex: 0, role: 'region', ariaLabel: label }, element('code', {}, text));
}

/** Creates an element with properties and children; strings become text nodes. */
function element(tag, properties, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children);
  return created;
}
