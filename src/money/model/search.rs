//! Visits every state that a system can come to, breadth first, so that what breaks a property has the shortest history.
//!
//! Our own, in few lines, and not `stateright`: that one knows "always", "sometimes" and "eventually", and not "from every state an end
//! can still be reached", which is asked of the graph and not of its states; and it brings a web server that no feature leaves out.

use super::hash::Fast;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What can be explored.
pub(super) trait System {
    type State: Clone + Eq + Hash;
    type Action: Copy + Debug;
    type Property: Copy + Debug + PartialEq;
    fn start(&self) -> Self::State;
    /// Everything that can happen next.
    fn steps(&self, state: &Self::State, out: &mut Vec<(Self::Action, Self::State)>);
    /// The property that does not hold here.
    fn broken(&self, state: &Self::State) -> Option<Self::Property>;
    fn is_end(&self, state: &Self::State) -> bool;
    /// What is broken where no end can be reached.
    const ENDS: Self::Property;
}

/// What an exploration has found.
#[derive(Debug)]
pub(super) struct SearchResult<S: System> {
    pub(super) states: usize,
    pub(super) steps: usize,
    pub(super) depth: u32,
    pub(super) took: Duration,
    /// A property that is broken, and what had to happen for it.
    pub(super) broken: Option<(S::Property, Vec<S::Action>)>,
}

/// A state that was seen: how it was come to first, and from where else.
struct VisitedState<S: System> {
    state: Rc<S::State>,
    by: Option<(S::Action, u32)>,
    depth: u32,
    from: Vec<u32>,
}

/// Looks at every state, until one breaks a property; at the end, whether each can come to an end.
pub(super) fn search<S: System>(system: &S) -> SearchResult<S> {
    let begun = Instant::now();
    let start = Rc::new(system.start());
    let mut index: HashMap<_, u32, BuildHasherDefault<Fast>> = HashMap::default();
    index.insert(Rc::clone(&start), 0);
    let mut seen: Vec<VisitedState<S>> = vec![VisitedState { state: start, by: None, depth: 0, from: Vec::new() }];
    let (mut next, mut steps, mut out) = (0, 0, Vec::new());
    let mut broken = None;
    while let Some(VisitedState { state, depth, .. }) = seen.get(next as usize) {
        let (state, depth) = (Rc::clone(state), *depth);
        broken = system.broken(&state).map(|property| (property, next));
        if broken.is_some() {
            break;
        }
        system.steps(&state, &mut out);
        steps += out.len();
        for (action, state) in out.drain(..) {
            if let Some(known) = index.get(&state) {
                seen[*known as usize].from.push(next);
                continue;
            }
            let state = Rc::new(state);
            index.insert(Rc::clone(&state), u32::try_from(seen.len()).unwrap());
            seen.push(VisitedState { state, by: Some((action, next)), depth: depth + 1, from: vec![next] });
        }
        next += 1;
    }
    let broken = broken.or_else(|| dead_end(system, &seen).map(|at| (S::ENDS, at)));
    let depth = seen.last().map_or(0, |last| last.depth);
    let broken = broken.map(|(property, at)| (property, history(&seen, at)));
    SearchResult { states: seen.len(), steps, depth, took: begun.elapsed(), broken }
}

/// The first state from which no end can be reached: looked for backwards, from all ends.
fn dead_end<S: System>(system: &S, seen: &[VisitedState<S>]) -> Option<u32> {
    let mut can: Vec<bool> = seen.iter().map(|one| system.is_end(&one.state)).collect();
    let mut left: Vec<usize> = (0..seen.len()).filter(|at| can[*at]).collect();
    while let Some(at) = left.pop() {
        for from in seen[at].from.iter().map(|from| *from as usize) {
            if !std::mem::replace(&mut can[from], true) {
                left.push(from);
            }
        }
    }
    can.iter().position(|can| !can).and_then(|at| u32::try_from(at).ok())
}

fn history<S: System>(seen: &[VisitedState<S>], at: u32) -> Vec<S::Action> {
    let mut actions: Vec<_> =
        std::iter::successors(seen[at as usize].by, |(_, from)| seen[*from as usize].by).collect();
    actions.reverse();
    actions.into_iter().map(|(action, _)| action).collect()
}
