//! The map as a picture that needs nothing else: one SVG element with its own style.

use super::layout::{Layout, Rect, Route, Sizes};
use super::{Calls, Service, ServiceMap};
use crate::human;
use crate::table::fit;
use crate::xml::escaped;
use unicode_width::UnicodeWidthStr;

const MARGIN: f64 = 28.0;
/// Height of the lines above and below the map.
const HEAD: f64 = 62.0;
const FOOT: f64 = 48.0;
/// Longest name that is shown in full.
const NAME_WIDTH: usize = 36;
/// Widths of a character, a little more than most fonts need.
const NAME_CHAR: f64 = 7.6;
const TEXT_CHAR: f64 = 6.0;
/// From a line of text in a box to the next.
const LINE_HEIGHT: f64 = 16.0;
/// Room for the text on a line besides its characters.
const LABEL_ROOM: f64 = 18.0;
const ARROW: f64 = 8.0;

/// Colours by the share of errors; between them the colour changes evenly.
const ERROR_COLOURS: [(f64, [f64; 3]); 3] =
    [(0.0, [110.0, 126.0, 148.0]), (0.02, [228.0, 160.0, 32.0]), (0.1, [205.0, 30.0, 45.0])];

const STYLE: &str = "\
.paper{fill:#fff}\
text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:#1e293b}\
.title{font-size:18px;font-weight:600}\
.note{font-size:11.5px;fill:#64748b}\
.box{fill:#f8fafc;stroke:#94a3b8}\
.name{font-size:13px;font-weight:600}\
.label{font-size:11px;fill:#334155}\
.call{fill:none;stroke-linecap:round}\
.calls:hover .call{stroke:#2563eb!important}\
.calls:hover .head{fill:#2563eb!important}\
@media(prefers-color-scheme:dark){\
.paper{fill:#0f172a}text{fill:#e2e8f0}.note{fill:#94a3b8}.box{fill:#1e293b;stroke:#64748b}\
.label{fill:#cbd5e1}}";

/// Width of a line for `count` calls where the busiest has `most`.
pub fn line_width(count: u64, most: u64) -> f64 {
    1.2 + 4.8 * (count as f64 / most.max(1) as f64).sqrt()
}

/// Colour of calls of which this share failed: grey, then yellow, then red.
pub fn error_colour(share: f64) -> String {
    let [none, few, many] = ERROR_COLOURS;
    let ((from, low), (to, high)) = if share < few.0 { (none, few) } else { (few, many) };
    let part = ((share - from) / (to - from)).clamp(0.0, 1.0);
    let mix = |i: usize| (low[i] + (high[i] - low[i]) * part).round() as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

impl ServiceMap {
    /// The map as SVG: `title` above it, `note` below that.
    pub fn as_svg(&self, title: &str, note: &str) -> String {
        let others: Vec<&Calls> = self.calls.iter().filter(|c| c.caller != c.callee).collect();
        let pairs: Vec<(usize, usize)> = others.iter().map(|c| (c.caller, c.callee)).collect();
        let texts: Vec<BoxTexts> = (0..self.services.len()).map(|n| self.box_texts(n)).collect();
        let boxes: Vec<(f64, f64)> = texts.iter().map(BoxTexts::size).collect();
        let label_width = |c: &&Calls| c.label().width() as f64 * TEXT_CHAR + LABEL_ROOM;
        let labels: Vec<f64> = others.iter().map(label_width).collect();
        let layout = Layout::new(&pairs, &Sizes { boxes: &boxes, labels: &labels });
        let heading = [(title, 10.0), (note, 6.4), (LEGEND, 6.4)];
        let widest = heading.map(|(text, char)| text.width() as f64 * char);
        let width = layout.width.max(widest.into_iter().fold(0.0, f64::max)) + 2.0 * MARGIN;
        let height = layout.height + HEAD + FOOT + 2.0 * MARGIN;
        let (left, top) = ((width - layout.width) / 2.0, MARGIN + HEAD);
        let most = self.calls.iter().map(|calls| calls.count).max().unwrap_or(0);

        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n\
             <style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
            escaped(title)
        );
        text(&mut out, "title", MARGIN, MARGIN + 14.0, title);
        text(&mut out, "note", MARGIN, MARGIN + 36.0, note);
        out.push_str(&format!("<g transform=\"translate({left:.1} {top:.1})\">\n"));
        // Wide lines lie below narrow ones.
        let mut lines: Vec<(&&Calls, &Route)> = others.iter().zip(&layout.routes).collect();
        lines.sort_by_key(|(calls, _)| std::cmp::Reverse(calls.count));
        for (calls, route) in lines {
            self.svg_calls(&mut out, calls, route, line_width(calls.count, most));
        }
        for ((service, rect), texts) in self.services.iter().zip(&layout.boxes).zip(&texts) {
            svg_box(&mut out, service, rect, texts);
        }
        out.push_str("</g>\n");
        text(&mut out, "note", MARGIN, height - MARGIN, LEGEND);
        out.push_str("</svg>\n");
        out
    }

    fn svg_calls(&self, out: &mut String, calls: &Calls, route: &Route, width: f64) {
        let colour = error_colour(calls.error_share());
        let (Some(&first), Some(&last)) = (route.straights.first(), route.straights.last()) else {
            return;
        };
        let arrow = ARROW + width;
        // The line ends inside of the arrow's head.
        let (begin, end) = match route.turned {
            false => (first.0, last.1 - arrow * 0.7),
            true => (first.0 + arrow * 0.7, last.1),
        };
        let mut path = format!("M{begin:.1} {:.1}H{:.1}", first.2, first.1);
        for pair in route.straights.windows(2) {
            let ((_, from, y), (to, _, next_y)) = (pair[0], pair[1]);
            let middle = (from + to) / 2.0;
            let to = if to == last.1 { end } else { to };
            path.push_str(&format!(
                "C{middle:.1} {y:.1} {middle:.1} {next_y:.1} {to:.1} {next_y:.1}H{:.1}",
                if pair[1] == last { end } else { pair[1].1 }
            ));
        }
        let (tip, back, y) = match route.turned {
            false => (last.1, last.1 - arrow, last.2),
            true => (first.0, first.0 + arrow, first.2),
        };
        let half = arrow * 0.45;
        out.push_str(&format!(
            "<g class=\"calls\"><title>{} → {}: {}</title>\
             <path class=\"call\" d=\"{path}\" style=\"stroke:{colour}\" stroke-width=\"{width:.1}\"/>\
             <path class=\"head\" d=\"M{tip:.1} {y:.1}L{back:.1} {:.1}V{:.1}Z\" style=\"fill:{colour}\"/>",
            escaped(&self.services[calls.caller].name),
            escaped(&self.services[calls.callee].name),
            escaped(&calls.details()),
            y - half,
            y + half,
        ));
        let room = if route.turned { arrow + 4.0 } else { 8.0 };
        text(out, "label", first.0 + room, first.2 - width / 2.0 - 3.0, &calls.label());
        out.push_str("</g>\n");
    }

    /// What stands in the box of a service.
    fn box_texts(&self, number: usize) -> BoxTexts {
        let service = &self.services[number];
        let own = self.calls.iter().find(|c| c.caller == number && c.callee == number);
        let mut notes = Vec::new();
        let from_others = service.received - own.map_or(0, |own| own.count);
        if from_others > 0 {
            let plural = if from_others == 1 { "" } else { "s" };
            notes.push(format!("called {} time{plural}", human::short_count(from_others)));
        }
        if let Some(own) = own {
            notes.push(format!("calls itself: {}", own.label()));
        }
        BoxTexts { name: fit(&service.name, NAME_WIDTH), notes }
    }
}

const LEGEND: &str = "On a line: calls · duration that 95 % of them do not exceed · share of errors. \
    The more calls the wider, the more errors the redder.";

/// The lines of text in a box.
struct BoxTexts {
    name: String,
    notes: Vec<String>,
}

impl BoxTexts {
    /// Width and height of a box that it all goes into.
    fn size(&self) -> (f64, f64) {
        let notes = self.notes.iter().map(|note| note.width() as f64 * TEXT_CHAR);
        let width = notes.fold(self.name.width() as f64 * NAME_CHAR, f64::max) + 28.0;
        (width, 30.0 + LINE_HEIGHT * self.notes.len().max(1) as f64)
    }
}

fn svg_box(out: &mut String, service: &Service, rect: &Rect, texts: &BoxTexts) {
    let Rect { x, y, width, height } = rect;
    let border = match service.errors {
        0 => String::new(),
        errors => {
            let colour = error_colour(errors as f64 / service.received.max(1) as f64);
            format!(" style=\"stroke:{colour}\"")
        }
    };
    out.push_str(&format!(
        "<g><title>{}</title><rect class=\"box\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\" rx=\"8\" stroke-width=\"1.5\"{border}/>",
        escaped(&service.name)
    ));
    let mut line = y + height / 2.0 + 4.5 - texts.notes.len() as f64 * 7.5;
    text(out, "name", x + 14.0, line, &texts.name);
    for note in &texts.notes {
        line += LINE_HEIGHT;
        text(out, "note", x + 14.0, line, note);
    }
    out.push_str("</g>\n");
}

fn text(out: &mut String, class: &str, x: f64, y: f64, text: &str) {
    out.push_str(&format!(
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n",
        escaped(text)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_errors_are_grey_and_others_redden() {
        assert_eq!(error_colour(0.0), "#6e7e94");
        assert_eq!(error_colour(0.02), "#e4a020");
        assert_eq!(error_colour(0.1), "#cd1e2d");
        assert_eq!(error_colour(1.0), "#cd1e2d");
    }

    #[test]
    fn texts_lie_inside_of_their_box() {
        for notes in 0..3 {
            let texts =
                BoxTexts { name: "cart".into(), notes: vec!["called 3 times".into(); notes] };
            let (width, height) = texts.size();
            let service = Service { name: "cart".into(), received: 3, errors: 0 };
            let mut out = String::new();
            svg_box(&mut out, &service, &Rect { x: 0.0, y: 0.0, width, height }, &texts);
            let lines = out.split("<text ").skip(1);
            let at =
                |line: &str| line.split("y=\"").nth(1).unwrap().split('"').next().unwrap().parse();
            let lines: Vec<f64> = lines.map(|line| at(line).unwrap()).collect();
            assert_eq!(lines.len(), 1 + notes);
            assert!(lines[0] > 14.0 && lines[notes] < height - 6.0, "{lines:?} in {height}");
        }
    }

    #[test]
    fn names_are_text_and_no_elements() {
        assert_eq!(escaped("<a href='x'>&\u{1b}"), "&lt;a href='x'&gt;&amp; ");
    }
}
