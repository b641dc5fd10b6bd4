//! Breadth-first search over every state that a system can reach. The search reports a broken property with the shortest sequence of steps
//! that leads to it.
//!
//! The project has its own short search instead of using the crate `stateright`, which can check "always", "sometimes" and "eventually",
//! but not "an end can still be reached from every state". That is a property of the graph and not of single states. `stateright` also
//! brings a web server that no feature flag removes.

use super::hash::Fast;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasherDefault, Hash};
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(super) trait System {
    type State: Clone + Eq + Hash;
    type Action: Copy + Debug;
    type Property: Copy + Debug + PartialEq;
    fn start(&self) -> Self::State;
    /// Adds every action that is possible in this state, each with the state that follows.
    fn steps(&self, state: &Self::State, out: &mut Vec<(Self::Action, Self::State)>);
    fn broken(&self, state: &Self::State) -> Option<Self::Property>;
    fn is_end(&self, state: &Self::State) -> bool;
    /// Property that is reported as broken if no end can be reached from a state.
    const ENDS: Self::Property;
}

#[derive(Debug)]
pub(super) struct SearchResult<S: System> {
    pub(super) states: usize,
    pub(super) steps: usize,
    pub(super) depth: u32,
    pub(super) took: Duration,
    /// Broken property, with the actions that lead to it.
    pub(super) broken: Option<(S::Property, Vec<S::Action>)>,
}

/// Visited state, with the step that reached the state first and the indexes of all states that have a step to it.
struct VisitedState<S: System> {
    state: Rc<S::State>,
    by: Option<(S::Action, u32)>,
    depth: u32,
    from: Vec<u32>,
}

/// Visits every state until one breaks a property. If no state breaks a property, checks that an end can be reached from every state.
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

/// Returns the index of the first state from which no end can be reached. Searches backwards from all ends.
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
