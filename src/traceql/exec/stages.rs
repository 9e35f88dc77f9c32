//! Stages, one after another.

use super::chunk::Chunk;
use super::control::RunContext;
use super::plan::{Plan, PlanStage, StageKind};
use super::state::State;
use crate::error::Result;
use std::time::Instant;

impl Plan {
    /// What the pipeline leaves of `state`.
    pub fn run(&self, run: &RunContext<'_>, chunk: &Chunk<'_>, mut state: State) -> Result<State> {
        for stage in &self.stages {
            if state.spans.is_empty() {
                break;
            }
            run.control.check()?;
            let before = run.control.charge(state.heap_bytes())?;
            let (start, spans) = (Instant::now(), state.spans.count());
            state = stage.run(run, chunk, state)?;
            stage.counters.add(spans, state.spans.count(), start.elapsed());
            let after = run.control.charge(state.heap_bytes())?;
            drop((before, after));
        }
        Ok(state)
    }
}

impl PlanStage {
    fn run(&self, run: &RunContext<'_>, chunk: &Chunk<'_>, state: State) -> Result<State> {
        match &self.kind {
            StageKind::Spansets(spansets) => {
                let spans = spansets.choose(run, chunk, &state)?;
                Ok(match state.groups {
                    None => State::new(spans),
                    Some(_) => state.reduced_to(spans),
                })
            }
            StageKind::Aggregate(aggregate) => aggregate.run(run, chunk, state),
            StageKind::GroupBy(key) => key.split(run, chunk, state),
            StageKind::Coalesce => Ok(State::new(state.spans)),
            StageKind::Select(_) => Ok(state),
        }
    }
}
