//! Queue of messages to JavaScript, and the rule that decides when to wake JavaScript.

use super::text::CallResult;

/// Message to JavaScript: the result of a call, or an event.
pub(super) struct Message {
    pub(super) id: u32,
    pub(super) said: CallResult,
    /// True if the message is the result of a call. False if the message is an event.
    pub(super) ends: bool,
}

/// Queue of the messages that JavaScript has not taken yet.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) messages: Vec<Message>,
    /// True if JavaScript has been woken since it last took the messages.
    woken: bool,
}

impl Outbox {
    /// Returns true if there are enough messages to wake JavaScript now. `under_way` is the number of unfinished calls.
    pub(super) fn is_enough(&self, under_way: usize) -> bool {
        self.messages.len() >= under_way.min(ENOUGH)
    }

    /// Returns true if the caller must wake JavaScript now. Three conditions must hold: `time` (the caller's condition) is true, there is a
    /// message, and JavaScript has not been woken since it last took the messages.
    pub(super) fn wakes(&mut self, time: bool) -> bool {
        let wakes = time && !self.woken && !self.messages.is_empty();
        self.woken |= wakes;
        wakes
    }
}

/// Number of messages at which JavaScript is woken at once. With fewer than 64 pending calls, half of the results are enough, so that
/// JavaScript and the engine work at the same time. Waking JavaScript for each message makes a call 20 % more expensive. Waking JavaScript
/// once for all messages leaves one thread idle while the other works.
const ENOUGH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds `calls` results to an outbox that JavaScript never empties. Returns the number of wake-ups, and the number of stored results at
    /// the first wake-up.
    fn burst(calls: usize) -> (usize, Option<usize>) {
        let mut outbox = Outbox::default();
        let woken = (1..=calls).filter(|given| {
            outbox.messages.push(Message { id: 0, said: String::new().into(), ends: true });
            let time = outbox.is_enough(calls - given);
            outbox.wakes(time)
        });
        let woken: Vec<usize> = woken.collect();
        (woken.len(), woken.first().copied())
    }

    #[test]
    fn wakes_javascript_once_at_half_of_the_answers_or_at_32() {
        assert_eq!([1, 2, 16, 64, 65, 10_000].map(|calls| burst(calls).0), [1; 6]);
        let first = [1, 2, 16, 63, 64, 65, 10_000].map(|calls| burst(calls).1);
        assert_eq!(first, [1, 1, 8, 32, 32, 32, 32].map(Some));
    }

    #[test]
    fn wakes_javascript_again_only_for_new_messages() {
        let mut outbox = Outbox::default();
        assert!(!outbox.wakes(true), "an empty outbox must not wake JavaScript");
        outbox.messages.push(Message { id: 0, said: String::new().into(), ends: false });
        assert!(!outbox.wakes(false) && outbox.wakes(true) && !outbox.wakes(true));
        outbox = Outbox::default();
        outbox.messages.push(Message { id: 0, said: String::new().into(), ends: false });
        assert!(outbox.wakes(true), "a message in a new outbox must wake JavaScript");
    }
}
