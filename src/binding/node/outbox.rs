//! What waits for JavaScript, and when it is woken for it.

use super::text::CallResult;

/// Something for JavaScript.
pub(super) struct Message {
    pub(super) id: u32,
    pub(super) said: CallResult,
    /// Whether it ends a call. News ends none, and nothing waits for it.
    pub(super) ends: bool,
}

/// What waits to be taken.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) messages: Vec<Message>,
    /// JavaScript was woken and has not come yet.
    woken: bool,
}

impl Outbox {
    /// Whether what waits is worth a wake-up before the rest, so many calls, is there.
    pub(super) fn is_enough(&self, under_way: usize) -> bool {
        self.messages.len() >= under_way.min(ENOUGH)
    }

    /// Whether JavaScript is to be woken now: if it is time, something waits and nobody has done so.
    pub(super) fn wakes(&mut self, time: bool) -> bool {
        let wakes = time && !self.woken && !self.messages.is_empty();
        self.woken |= wakes;
        wakes
    }
}

/// So many messages are worth a wake-up of their own, or fewer, where they are half of the calls: both threads then work side by side.
/// A wake-up for each makes a call a fifth dearer, and one for all leaves one thread idle while the other works.
const ENOUGH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    /// How many wake-ups there are for so many answers that arrive together, if JavaScript never comes meanwhile, and how many had been
    /// given when it was first woken.
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
