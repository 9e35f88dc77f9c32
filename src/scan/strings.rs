//! Tests of strings, over all strings of a dictionary or arena at once.

use super::codes::CodeSet;
use super::kernels::words_for;
use super::predicate::StringTest;
use crate::block::Strings;
use memchr::memmem::Finder;

/// The strings that pass `test`. A dictionary's are sorted, which turns order and prefixes into
/// ranges.
pub fn find_strings(strings: Strings<'_>, sorted: bool, test: &StringTest) -> CodeSet {
    let count = strings.len();
    match test {
        StringTest::Range(low, high) if sorted => {
            let end = |end: &(Box<[u8]>, bool), after: bool| {
                let at = strings.lower_bound(&end.0);
                at + usize::from(after && strings.get(at) == Some(&end.0))
            };
            // A strict low end starts after its own value, a strict high end stops before it.
            let from = low.as_ref().map_or(0, |low| end(low, low.1));
            let to = high.as_ref().map_or(count, |high| end(high, !high.1));
            CodeSet::range(from, to, count)
        }
        StringTest::OneOf(values) if sorted => find_values(strings, values),
        StringTest::StartsWith(prefix) if sorted => {
            let from = strings.lower_bound(prefix);
            let to = after_prefix(prefix).map_or(count, |after| strings.lower_bound(&after));
            CodeSet::range(from, to, count)
        }
        StringTest::Contains(finder) => find_part(strings, finder),
        _ => CodeSet::from_fn(count, |i| strings.get(i).is_some_and(|s| test.matches(s))),
    }
}

/// The smallest string greater than all that start with `prefix`; `None` if there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|&b| b != u8::MAX)?;
    let mut after = prefix[..=kept].to_vec();
    after[kept] += 1;
    Some(after)
}

fn find_values(strings: Strings<'_>, values: &[Box<[u8]>]) -> CodeSet {
    let count = strings.len();
    if let [value] = values {
        return match strings.find(value) {
            None => CodeSet::None,
            Some(code) => CodeSet::range(code as usize, code as usize + 1, count),
        };
    }
    let mut words = vec![0; words_for(count)];
    for code in values.iter().filter_map(|value| strings.find(value)) {
        words[code as usize / 64] |= 1 << (code % 64);
    }
    CodeSet::from_words(words, count)
}

/// The strings that contain what `finder` looks for: one search over the bytes of all of them,
/// several times as fast as one per string. What is found across a border is skipped.
fn find_part(strings: Strings<'_>, finder: &Finder<'_>) -> CodeSet {
    let (count, part_len) = (strings.len(), finder.needle().len());
    if part_len == 0 {
        return CodeSet::range(0, count, count);
    }
    let end_of = |i: usize| strings.ends.get(i + 1).map_or(usize::MAX, |&end| end as usize);
    let mut words = vec![0; words_for(count)];
    let (mut at, mut string) = (0, 0);
    while let Some(found) = strings.bytes.get(at..).and_then(|rest| finder.find(rest)) {
        let start = at + found;
        string = string_at(strings, string, start);
        let end = end_of(string);
        if start + part_len <= end {
            if let Some(word) = words.get_mut(string / 64) {
                *word |= 1 << (string % 64);
            }
            at = end;
        } else {
            at = start + 1;
        }
    }
    CodeSet::from_words(words, count)
}

/// The string that has the byte at `place`, which is not before string `from`. Looks ahead in
/// steps that double, since hits are often near each other.
fn string_at(strings: Strings<'_>, from: usize, place: usize) -> usize {
    let ends = strings.ends.get(from + 1..).unwrap_or_default();
    let mut step = 1;
    while ends.get(step - 1).is_some_and(|&end| end as usize <= place) {
        step *= 2;
    }
    let (low, high) = (step / 2, ends.len().min(step));
    from + low + ends[low..high].partition_point(|&end| end as usize <= place)
}
