//! All the framework there is: a state, the rules that guard it, and given/when/then.

/// The state of one stream, and the rules that guard it. `Default` is a stream with no event.
pub trait Decider: Default + Sized {
    /// What someone asks for: imperative, may be refused.
    type Command;
    /// What happened: past tense, never refused once recorded.
    type Event;
    /// Why a command is refused.
    type Refusal;

    /// The events that `command` causes; none when it changes nothing (for one, sent twice).
    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Takes `event` in; total: a recorded event is a fact and cannot be refused.
    fn evolve(&mut self, event: &Self::Event);

    /// The state after `events`.
    #[must_use]
    fn after<'a>(mut self, events: impl IntoIterator<Item = &'a Self::Event>) -> Self
    where
        Self::Event: 'a,
    {
        for event in events {
            self.evolve(event);
        }
        self
    }
}

#[cfg(test)]
pub(crate) use story::{Given, given};

#[cfg(test)]
mod story {
    use std::fmt::Debug;

    use super::Decider;

    /// A state reached by events; the start of a story.
    pub(crate) struct Given<D>(pub(crate) D);

    /// A command decided on it.
    pub(crate) struct When<D: Decider> {
        state: D,
        command: D::Command,
        decided: Result<Vec<D::Event>, D::Refusal>,
    }

    /// The state after `events`.
    pub(crate) fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
        Given(events.into_iter().fold(D::default(), |mut state, event| {
            state.evolve(&event);
            state
        }))
    }

    impl<D: Decider> Given<D> {
        /// Sends `command`.
        pub(crate) fn when(self, command: D::Command) -> When<D> {
            let decided = self.0.decide(&command);
            When { state: self.0, command, decided }
        }
    }

    impl<D> When<D>
    where
        D: Decider,
        D::Event: PartialEq + Debug,
        D::Refusal: PartialEq + Debug,
    {
        /// Decided: `expected`. Sent again after that, the command must change nothing.
        #[track_caller]
        pub(crate) fn then(self, expected: impl IntoIterator<Item = D::Event>) -> Given<D> {
            let events = self.decided.expect("a decision");
            assert_eq!(events, expected.into_iter().collect::<Vec<_>>());
            let state = self.state.after(&events);
            assert_eq!(state.decide(&self.command), Ok(vec![]), "not idempotent");
            Given(state)
        }

        /// Refused, for `expected`. Sent again, it is refused again, for the same reason.
        #[track_caller]
        pub(crate) fn then_refused(self, expected: D::Refusal) -> Given<D> {
            assert_eq!(self.decided, Err(expected));
            assert_eq!(self.state.decide(&self.command), self.decided, "refused, then not");
            Given(self.state)
        }
    }
}
