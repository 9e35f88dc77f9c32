//! Comparisons of numbers, which blocks answer from columns where they can, find what the slow evaluation does.

use crate::differential::{all, config};
use crate::naive;
use crate::random::{number_condition, number_traces};
use blockpack::traceql::Query;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn comparisons_of_columns_find_what_the_slow_evaluation_does(
        traces in number_traces(),
        conditions in vec(number_condition(), 8),
    ) {
        let stored = traces.store();
        for condition in conditions {
            let Ok(query) = Query::compile(&format!("{{ {condition} }}")) else { continue };
            let answer = naive::search(query.ast(), &traces.spans);
            if answer.open {
                continue;
            }
            let found = query.search(&stored.blocks, &all()).unwrap().spans;
            prop_assert_eq!(stored.numbers(&found), answer.spans(), "{}", query);
        }
    }
}
