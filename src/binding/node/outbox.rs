//! Messages that wait for JavaScript, and the decision when to wake it for them.

use super::text::CallResult;

/// A message to JavaScript.
pub(super) struct Message {
    pub(super) id: u32,
    pub(super) said: CallResult,
    /// True if the message ends a call. News ends no call, and no call waits for it.
    pub(super) ends: bool,
}

/// Messages that JavaScript has not taken yet.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) messages: Vec<Message>,
    /// True if JavaScript was woken and has not taken the messages yet.
    woken: bool,
}

impl Outbox {
    /// Returns true if the waiting messages are worth a wake-up now, while `under_way` calls are not finished yet.
    pub(super) fn is_enough(&self, under_way: usize) -> bool {
        self.messages.len() >= under_way.min(ENOUGH)
    }

    /// Returns true if JavaScript is to be woken now: `time` is true, a message waits, and JavaScript has not been woken for it yet.
    pub(super) fn wakes(&mut self, time: bool) -> bool {
        let wakes = time && !self.woken && !self.messages.is_empty();
        self.woken |= wakes;
        wakes
    }
}

/// Number of messages that are worth a wake-up of their own. Fewer are enough if they are half of the calls. Both threads then work at the
/// same time. One wake-up per message makes a call 20 % more expensive, and one wake-up for all messages leaves one thread idle while the
/// other works.
const ENOUGH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of wake-ups for `calls` answers that arrive together, if JavaScript never takes them, and the number of answers
    /// that were there at the first wake-up.
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
    fn javascript_is_woken_once_by_half_of_the_answers_or_by_enough_of_them() {
        assert_eq!([1, 2, 16, 64, 65, 10_000].map(|calls| burst(calls).0), [1; 6]);
        let first = [1, 2, 16, 63, 64, 65, 10_000].map(|calls| burst(calls).1);
        assert_eq!(first, [1, 1, 8, 32, 32, 32, 32].map(Some));
    }

    #[test]
    fn javascript_is_woken_again_for_what_was_said_after_it_came_and_for_nothing_else() {
        let mut outbox = Outbox::default();
        assert!(!outbox.wakes(true), "nothing waits");
        outbox.messages.push(Message { id: 0, said: String::new().into(), ends: false });
        assert!(!outbox.wakes(false) && outbox.wakes(true) && !outbox.wakes(true));
        outbox = Outbox::default();
        outbox.messages.push(Message { id: 0, said: String::new().into(), ends: false });
        assert!(outbox.wakes(true), "it was taken, so it is said again");
    }
}
