/**
 * The faults that are planted to show that the simulation bites: each the kind of mistake that a client of this service
 * makes. `changes` are pairs of what stands in the file, exactly once, and what is put there.
 */
export const FAULTS = [
  {
    id: 'blind-retry',
    what: 'a POST whose effect is not known is sent again',
    file: 'src/core/outcome/reconcile.rs',
    changes: [['(Some(Effect::Unknown), Some(429), _) => Some(Self::Refused)', '(Some(Effect::Unknown), Some(429), _) => None']],
  },
  {
    id: 'post-after-timeout',
    what: 'a create that may still be at work is repeated once it was not found',
    file: 'src/client/operation.rs',
    changes: [['if !doubt.may_repeat() {', 'if false {']],
  },
  {
    id: 'adopted-twice',
    what: 'a session that another call has made is adopted',
    file: 'src/client/finding.rs',
    changes: [['if is_of_another { Match::None } else', 'if is_of_another && false { Match::None } else']],
  },
  {
    id: 'text-times',
    what: 'times are compared as text',
    file: 'src/client/activities.rs',
    changes: [['|(place, ..)| *place', '|(place, ..)| place.map(|time| time.to_string())']],
  },
  {
    id: 'settled-too-early',
    what: 'an activity that becomes visible after a newer one is lost',
    file: 'src/client/activities.rs',
    changes: [['self.first(self.cursor.filter(), fields)', 'self.first(self.cursor.narrow_filter(), fields)']],
  },
  {
    id: 'exclusive-filter',
    what: 'the filter leaves out what has the time of the last activity',
    file: 'src/core/cursor.rs',
    changes: [['later_than(time.just_before())', 'later_than(time)']],
  },
  {
    id: 'coarse-times-taken-for-fine',
    what: 'what may have the time of the last activity is left out though times are coarse',
    file: 'src/core/cursor.rs',
    changes: [['if time.is_finer_than_millis() { later_than(time) } else { not_older_than(time) }', 'later_than(time)']],
  },
  {
    id: 'empty-page-ends',
    what: 'an empty page is taken for the last',
    file: 'src/client/activities.rs',
    changes: [['request.next(page.next_page_token)', 'request.next(page.next_page_token.filter(|_| !page.items.is_empty()))']],
  },
  {
    id: 'early-end',
    what: 'a stream ends with the session, whatever the list still lacks',
    file: 'src/client/stream.rs',
    changes: [['self.end_was_told || self.quiet && has_settled', 'true']],
  },
  {
    id: 'local-clock',
    what: 'ask goes by the local clock',
    file: 'src/client/activities.rs',
    changes: [['Timestamp::parse(&session.update_time)', 'Some(Timestamp::from_millis(self.host().now()))']],
  },
  {
    id: 'any-answer',
    what: 'ask takes any message of the agent for its answer',
    file: 'src/core/reply.rs',
    changes: [['self.since.iter().skip(asked.index + 1)', 'self.since.iter()']],
  },
  {
    id: 'forgotten-abort',
    what: 'the signal is not listened to',
    file: 'src/client/bounded.rs',
    changes: [['match bounds.abort {', 'match bounds.abort.filter(|_| false) {']],
  },
  {
    id: 'forgotten-deadline',
    what: 'timeoutMs bounds nothing',
    file: 'src/client/bounded.rs',
    changes: [['= limits.timeout_ms else', '= limits.timeout_ms.filter(|_| false) else']],
  },
  {
    id: 'no-request-timeout',
    what: 'an attempt may hang for ever',
    file: 'src/client/transport.rs',
    changes: [['self.host().timer(timeout_ms)', 'self.host().timer(timeout_ms + 1_000_000_000_000)']],
  },
  {
    id: 'no-time-budget',
    what: 'attempts go on without end',
    file: 'src/core/outcome/policy.rs',
    changes: [['(reaches_to < window && retry_after_ms.is_none_or(|asked| asked < window)).then_some(left)', 'Some(left.min(window.max(30_000)))']],
  },
  {
    id: 'retry-after-ignored',
    what: 'Retry-After is not kept to',
    file: 'src/core/outcome/policy.rs',
    changes: [['{ retry_after_ms } => retry_after_ms,', '{ retry_after_ms } => retry_after_ms.filter(|_| false),']],
  },
  {
    id: 'young-not-found',
    what: 'a session that was just made and is not found yet is given up',
    file: 'src/core/outcome/classify.rs',
    changes: [['404 if is_young =>', '410 if is_young =>']],
  },
  {
    id: 'key-told',
    what: 'the key is not taken out of what the service says',
    file: 'src/core/text.rs',
    changes: [['replaced(text, secret, "[API key]")', 'replaced(text, "no such secret", "[API key]")']],
  },
  {
    id: 'lost-sibling',
    what: 'a batch that ends drops what is under way',
    file: 'src/client/batch.rs',
    changes: [
      ['futures.retain_mut(', 'let before = futures.len();\n        futures.retain_mut('],
      ['if futures.is_empty()', 'if futures.len() < before'],
    ],
  },
  {
    id: 'lost-place',
    what: 'who gives up just as a place among the requests is handed to it takes the place along',
    file: 'src/client/semaphore.rs',
    changes: [['if let Ok(Some(())) = self.turn.try_recv() {', 'if let Ok(Some(())) = self.turn.try_recv().map(|_| None::<()>) {']],
  },
  {
    id: 'unpolled-request',
    what: 'requests that nobody waits for any more stay under way',
    file: 'src/client/poller/mod.rs',
    changes: [['        driver.prune();\n        if self.board().is_awaited() {', '        {']],
  },
  {
    id: 'close-rounds',
    what: 'two looks that come close together count as an interval',
    file: 'src/client/stream.rs',
    changes: [['sight.at_ms - since >= self.client.interval_ms()', 'sight.at_ms >= since.min(0)']],
  },
];
