//! Text in columns.

use unicode_width::UnicodeWidthStr;

/// On which side a column's cells are aligned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells, printed in columns as wide as their widest cell.
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|&(name, align)| (name.to_owned(), align)).collect();
        Table { columns, rows: Vec::new() }
    }

    /// Adds a row, a cell per heading.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// The table as lines of text.
    pub fn render(&self) -> String {
        let heads = self.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        self.lines(heads).iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Its rows alone, each as wide as the widest.
    pub fn body(&self) -> Vec<String> {
        self.lines(vec![String::new(); self.columns.len()]).split_off(1)
    }

    fn lines(&self, heads: Vec<String>) -> Vec<String> {
        let width = |i: usize| {
            let cells = self.rows.iter().chain([&heads]).filter_map(|row| row.get(i));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..heads.len()).map(width).collect();
        let mut out = Vec::new();
        for row in [&heads].into_iter().chain(&self.rows) {
            let mut line = String::new();
            for (i, cell) in row.iter().enumerate() {
                let pad = " ".repeat(widths[i].saturating_sub(cell.width()));
                let separator = if i > 0 { "  " } else { "" };
                line.push_str(separator);
                match self.columns[i].1 {
                    Align::Left => line.extend([cell.as_str(), &pad]),
                    Align::Right => line.extend([&pad, cell.as_str()]),
                }
            }
            out.push(line);
        }
        out
    }
}

/// `text` without characters that would move the cursor: programs put anything into attributes.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `text` cut to `width` columns, with a mark where something is missing.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        let mut longer = out.clone();
        longer.push(c);
        if longer.width() + 1 > width {
            break;
        }
        out = longer;
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_control_characters_go() {
        let mut table = Table::new(&[("name", Align::Left), ("n", Align::Right)]);
        table.row(vec!["查询".into(), "7".into()]);
        table.row(vec!["a\x1b[2Jb".into(), "1234".into()]);
        assert_eq!(table.render(), "name       n\n查询       7\na [2Jb  1234\n");
    }

    #[test]
    fn long_text_is_cut_with_a_mark() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdefg", 6), "abcde…");
        assert_eq!(fit("查询查询", 5), "查询…");
    }
}
