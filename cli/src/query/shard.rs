//! Parts of a list of blocks as arguments.

use std::ops::Range;

/// Numbers of blocks, as in `0..4`, `4..` and `..4`: the second one is not among them.
pub fn blocks(text: &str) -> Result<Range<usize>, String> {
    let wrong = || "write it as in 0..4, 4.. or ..4".to_owned();
    let (first, end) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str, otherwise| match text {
        "" => Ok(otherwise),
        text => text.parse().map_err(|_| wrong()),
    };
    match number(first, 0)?..number(end, usize::MAX)? {
        range if range.is_empty() => Err("there is no block in it".into()),
        range => Ok(range),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_end_may_be_open() {
        assert_eq!(blocks("0..4"), Ok(0..4));
        assert_eq!((blocks("4.."), blocks("..4")), (Ok(4..usize::MAX), Ok(0..4)));
        for wrong in ["", "4", "4..4", "5..4", "-1..4", "a..b", "1...3", "1..=3"] {
            assert!(blocks(wrong).is_err(), "{wrong}");
        }
    }
}
