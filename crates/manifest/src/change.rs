//! One edit of a document's value as edits of its text. Whether the result says what is wanted is checked elsewhere:
//! here it is enough to be right for text as people write it.

use plimsoll::json::edit::Edit;
use plimsoll::json::path::Path;
use serde_json::{Map, Value};

use crate::order::{Slot, slot};
use crate::patch::TextEdit;
use crate::refused::EditRefused;
use crate::render::{Manner, Unit, is_mode, number_like};
use crate::tree::{Found, Node, Style, Tree};

type Planned = Result<Vec<TextEdit>, EditRefused>;

/// A document that is to be changed.
pub(crate) struct Change<'d> {
    text: &'d str,
    tree: &'d Tree,
    manner: Manner,
}

/// A value, and what it stands in.
#[derive(Clone, Copy)]
struct Place<'d> {
    number: usize,
    node: &'d Node,
    /// `None` at the root.
    parent: Option<&'d Node>,
}

impl Place<'_> {
    /// Within brackets, where everything is.
    fn is_inside(&self) -> bool {
        self.parent.is_some_and(|parent| parent.style.is_flow())
    }

    fn is_field(&self) -> bool {
        self.parent.is_some_and(|parent| parent.style.is_mapping())
    }

    fn is_block_collection(&self) -> bool {
        matches!(self.node.style, Style::BlockMapping | Style::BlockSequence)
    }
}

impl<'d> Change<'d> {
    pub(crate) fn new(text: &'d str, tree: &'d Tree) -> Change<'d> {
        let mut change = Change {
            text,
            tree,
            manner: Manner {
                step: 2,
                dash: 0,
                line_end: "\n",
                json: tree.node(0).is_some_and(|root| root.style.is_flow()),
                unit: Unit::default(),
            },
        };
        if text.find('\n').is_some_and(|at| text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r')) {
            change.manner.line_end = "\r\n";
        }
        change.find_manner();
        change
    }

    /// How the document is written.
    pub(crate) fn manner(&self) -> Manner {
        self.manner
    }

    /// Takes the indentation from the first fields in which it shows.
    fn find_manner(&mut self) {
        let (mut step, mut dash) = (None, None);
        let mut number = 0;
        while let Some(node) = self.tree.node(number) {
            if let Some((_, first)) = self.tree.children(number).next()
                && matches!(node.style, Style::BlockMapping | Style::BlockSequence)
                && !self.tree.name_of(node).is_empty()
                && self.line_start(node.key_start as usize) != self.line_start(first.key_start as usize)
            {
                let outer = self.column(node.key_start as usize);
                let inner = self.column(first.key_start as usize).saturating_sub(outer);
                let found = if node.style == Style::BlockMapping { &mut step } else { &mut dash };
                found.get_or_insert(inner);
            }
            if step.is_some() && dash.is_some() {
                break;
            }
            number += 1;
        }
        self.manner.step = step.unwrap_or(2).clamp(1, 8);
        self.manner.dash = dash.unwrap_or(0).min(8);
        if let Some((_, first)) = self.tree.children(0).next().filter(|_| self.manner.json)
            && let Some(indent) = self.indent(first)
        {
            self.manner.unit = Unit { tabs: indent.starts_with('\t'), width: indent.len() };
        }
    }

    /// The blanks before what stands first on its line within brackets.
    fn indent(&self, node: &Node) -> Option<&'d str> {
        let start = node.key_start.min(node.start) as usize;
        let line = self.line_start(start);
        self.text.get(line..start).filter(|blanks| line > 0 && blanks.trim().is_empty())
    }

    /// What is to be changed in the text.
    pub(crate) fn plan(&self, edit: &Edit) -> Planned {
        match edit {
            Edit::Set { at, value } => self.set(at, value),
            Edit::Append { at, value } => self.append(at, value),
            Edit::Remove { at } => self.remove(at),
        }
    }

    /// Gives a field another name.
    pub(crate) fn rename(&self, at: &Path, name: &str) -> Result<TextEdit, EditRefused> {
        let (found, left) = self.tree.reach(at);
        let node = self.own(found, at, left)?.node;
        let old = self.text.get(node.key_range()).unwrap_or_default();
        let quote = old.get(..1).filter(|quote| ["\"", "'"].contains(quote)).unwrap_or_default();
        Ok(TextEdit::replace(node.key_range(), [quote, name, quote].concat()))
    }

    fn set(&self, at: &Path, value: &Value) -> Planned {
        let (found, left) = self.tree.reach(at);
        let place = self.own(found, at, left)?;
        let missing: Vec<_> = at.segments().skip(at.segments().count() - left).collect();
        let around = |missing: &[std::borrow::Cow<'_, str>]| {
            missing
                .iter()
                .rev()
                .fold(value.clone(), |value, key| Value::Object(Map::from_iter([(key.clone().into_owned(), value)])))
        };
        match missing.split_first() {
            None => self.replace(place, value, at),
            // What is null becomes a mapping.
            Some(_) if !place.node.style.is_mapping() => self.replace(place, &around(&missing), at),
            Some((key, rest)) => self.insert_field(place, key, &around(rest), at),
        }
    }

    /// The place that was found, unless its text stands for other fields too.
    fn own(&self, found: Option<Found>, at: &Path, left: usize) -> Result<Place<'d>, EditRefused> {
        let nowhere = || EditRefused::NoPlace { at: at.clone() };
        let shared = || EditRefused::Shared { at: at.clone() };
        let found = found.ok_or_else(nowhere)?;
        let node = self.tree.node(found.node).ok_or_else(nowhere)?;
        // Replacing an alias as a whole touches nothing but this field.
        if found.foreign || found.aliased || (node.style == Style::Alias && left > 0) {
            return Err(shared());
        }
        let mut shown = at.clone();
        for _ in 0..left {
            shown = shown.parent().unwrap_or_default();
        }
        let parent = shown.parent().and_then(|parent| self.tree.find(&parent));
        let parent = parent.and_then(|parent| self.tree.node(parent.node));
        Ok(Place { number: found.node, node, parent })
    }

    fn replace(&self, place: Place<'_>, value: &Value, at: &Path) -> Planned {
        let node = place.node;
        if let Some(number) = value.as_number().filter(|_| node.style == Style::Plain && !self.manner.json)
            && is_mode(self.tree.name_of(node))
        {
            let old = self.text.get(node.range()).unwrap_or_default();
            return self.put(node, number_like(number, old), at);
        }
        if place.is_inside() {
            let text = match self.indent(node).filter(|_| self.manner.unit.width > 0) {
                Some(indent) => self.manner.lines(value, indent, Some(node.style)),
                None => self.manner.flow(value, true, Some(node.style)),
            };
            return self.put(node, text, at);
        }
        if place.parent.is_none() && !(place.is_block_collection() && is_inline(value)) {
            return Err(layout(at, "the document as a whole is not replaced"));
        }
        if let (Style::BlockScalar, Some(text)) = (node.style, value.as_str())
            && let Some(block) = self.block_scalar(node, text)
        {
            return self.put(node, block, at);
        }
        if is_inline(value) {
            let text = self.manner.flow(value, false, Some(node.style));
            return if place.is_block_collection() && place.is_field() {
                self.collapse(node, text, at)
            } else {
                self.put(node, text, at)
            };
        }
        if self.has_tabs(node.key_start as usize) {
            return Err(layout(at, TABS));
        }
        let column = self.column(node.key_start as usize);
        if !place.is_field() {
            // After a dash, all of it: the first line stands where the old value began.
            let inner = if node.style == Style::Empty { column + 2 } else { self.column(node.start as usize) };
            return self.put(node, self.manner.block(value, inner), at);
        }
        let deeper = column + if value.is_array() { self.manner.dash } else { self.manner.step };
        let lines = format!("{}{}", self.manner.new_line(deeper), self.manner.block(value, deeper));
        if place.is_block_collection() {
            return self.collapse(node, lines, at);
        }
        let colon = self.after_colon(node, at)?;
        let line_end = self.line_end(node.end as usize);
        let mut edits = Vec::new();
        if colon < node.end as usize {
            edits.push(TextEdit::delete(colon..node.end as usize));
        }
        edits.push(TextEdit::insert(line_end, lines));
        if self.rest_of_line(node.end as usize).trim().is_empty() {
            // No comment to keep between the two.
            let lines = edits.pop().map(|edit| edit.replacement).unwrap_or_default();
            return Ok(vec![TextEdit::replace(colon..line_end, lines)]);
        }
        Ok(edits)
    }

    /// The text in the block that is there, literal from now on; `None` for text that no such block holds.
    fn block_scalar(&self, node: &Node, text: &str) -> Option<String> {
        let old = self.text.get(node.range())?;
        let (header, lines) = old.split_once('\n')?;
        let (sign, comment) = header.split_at(header.find([' ', '\t', '\r']).unwrap_or(header.len()));
        let content = text.trim_end_matches('\n');
        let first = lines.lines().find(|line| !line.trim().is_empty())?;
        let indent = first.get(..first.len() - first.trim_start_matches(' ').len())?;
        // Blanks at the beginning would need a number in the header, and a tag or an anchor stays.
        let fits = sign.starts_with(['|', '>']) && !content.is_empty() && !content.starts_with([' ', '\n', '\t']);
        if !fits || content.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
            return None;
        }
        let end = match text.len() - content.len() {
            0 => "-",
            1 => "",
            _ => return None,
        };
        let mut block = ["|", end, comment.trim_end()].concat();
        for line in content.split('\n') {
            block.push_str(self.manner.line_end);
            if !line.is_empty() {
                block.push_str(indent);
                block.push_str(line);
            }
        }
        if old.ends_with('\n') {
            block.push_str(self.manner.line_end);
        }
        Some(block)
    }

    /// Puts `text` where the value is, or where it would be if there were one.
    fn put(&self, node: &Node, text: String, at: &Path) -> Planned {
        if node.style != Style::Empty {
            return Ok(vec![TextEdit::replace(node.range(), text)]);
        }
        match self.text.as_bytes().get((node.start as usize).wrapping_sub(1)) {
            Some(b':' | b'-') => Ok(vec![TextEdit::insert(node.start as usize, format!(" {text}"))]),
            _ => Err(layout(at, "a key without a colon")),
        }
    }

    /// Puts `text` after the colon instead of the mapping or sequence in the lines below. It begins a line of its own
    /// if it is more than a scalar.
    fn collapse(&self, node: &Node, text: String, at: &Path) -> Planned {
        let colon = self.after_colon(node, at)?;
        let start = self.line_start(node.start as usize);
        if start <= colon {
            return Err(layout(at, "a tag or an anchor stands before it"));
        }
        if text.starts_with(['\r', '\n']) {
            // The lines in place of the lines, below the comments that stand there.
            let before = self.break_before(start);
            return Ok(vec![TextEdit::replace(before..node.end as usize, text)]);
        }
        let end = self.next_line(node.end as usize);
        let lines = if self.ends_without_break(end) { self.break_before(start)..end } else { start..end };
        Ok(vec![TextEdit::insert(colon, format!(" {text}")), TextEdit::delete(lines)])
    }

    fn insert_field(&self, place: Place<'_>, key: &str, value: &Value, at: &Path) -> Planned {
        let node = place.node;
        let Some((_, first)) = self.tree.children(place.number).next() else {
            return self.fill(place, &Value::Object(Map::from_iter([(key.to_owned(), value.clone())])), at);
        };
        let siblings: Vec<&str> = self.tree.children(place.number).map(|(_, node)| self.tree.name_of(node)).collect();
        let slot = slot(key, &siblings);
        if node.style == Style::FlowMapping {
            let json = self.text.as_bytes().get(first.key_start as usize) == Some(&b'"');
            let manner = Manner { json: self.manner.json || json, ..self.manner };
            return self.insert_inside(place, slot, at, |indent| match indent {
                Some(indent) => manner.lines_field(key, value, indent),
                None => manner.flow_field(key, value),
            });
        }
        let column = self.column(first.key_start as usize);
        let text = self.manner.field(key, value, column);
        match self.neighbour(place, slot) {
            Some((before, _)) => self.insert_below(first, before, &text, at),
            None => self.insert_above(place, first, &text, at),
        }
    }

    /// What a new field or element goes behind, `None` when it becomes the first, and what follows it.
    fn neighbour(&self, place: Place<'_>, slot: Slot) -> Option<(&'d Node, Option<&'d Node>)> {
        let number = match slot {
            Slot::First => return None,
            Slot::Behind(number) => number,
            Slot::Last => self.tree.children(place.number).count().checked_sub(1)?,
        };
        let mut from = self.tree.children(place.number).map(|(_, node)| node).skip(number);
        Some((from.next()?, from.next()))
    }

    fn append(&self, at: &Path, value: &Value) -> Planned {
        let (found, left) = self.tree.reach(at);
        let place = self.own(found, at, left)?;
        let node = place.node;
        let Some((_, first)) = self.tree.children(place.number).next() else {
            return self.fill(place, &Value::Array(vec![value.clone()]), at);
        };
        let last = self.tree.children(place.number).last().map_or(first, |(_, last)| last);
        match node.style {
            // The new element is quoted as its neighbour is.
            Style::FlowSequence => self.insert_inside(place, Slot::Last, at, |indent| match indent {
                Some(indent) => self.manner.lines(value, indent, Some(last.style)),
                None => self.manner.flow(value, true, Some(last.style)),
            }),
            Style::BlockSequence => {
                let column = self.column(first.key_start as usize);
                let text = format!("- {}", self.item(value, column + 2, last.style));
                self.insert_below(first, last, &text, at)
            }
            _ => Err(EditRefused::Shared { at: at.clone() }),
        }
    }

    fn item(&self, value: &Value, indent: usize, like: Style) -> String {
        if value.is_string() { self.manner.flow(value, false, Some(like)) } else { self.manner.block(value, indent) }
    }

    /// Fills an empty `{}` or `[]`.
    fn fill(&self, place: Place<'_>, value: &Value, at: &Path) -> Planned {
        if place.parent.is_none() && place.node.style.is_flow() {
            return self.put(place.node, self.manner.flow(value, false, None), at);
        }
        self.replace(place, value, at)
    }

    /// Adds a field or element to brackets that aren't empty. `render` writes it, given its line's indentation if it gets one
    /// in JSON.
    fn insert_inside(
        &self,
        place: Place<'_>,
        slot: Slot,
        at: &Path,
        render: impl Fn(Option<&str>) -> String,
    ) -> Planned {
        let start = |node: &Node| node.key_start.min(node.start) as usize;
        let open = self.bracket(place.node, at)? + 1;
        let first = self.tree.children(place.number).next().map_or(open, |(_, first)| start(first));
        let gap = self.text.get(open..first).unwrap_or_default();
        let mut clean = gap.trim().is_empty();
        let gap = if gap.contains('\n') { gap } else { " " };
        let indent = gap.rsplit_once('\n').map(|(_, indent)| indent).filter(|_| self.manner.unit.width > 0);
        let text = render(indent);
        let edit = match self.neighbour(place, slot) {
            None => TextEdit::insert(first, format!("{text},{gap}")),
            Some((before, after)) => {
                let end = before.end as usize;
                let rest = end..after.map_or(place.node.end as usize, start);
                clean &= !self.text.get(rest).unwrap_or_default().contains('#');
                TextEdit::insert(end, format!(",{gap}{text}"))
            }
        };
        if clean { Ok(vec![edit]) } else { Err(layout(at, COMMENT_IN_BRACKETS)) }
    }

    /// Adds a field to a block mapping, before its first one and the comments on that.
    fn insert_above(&self, place: Place<'_>, first: &Node, text: &str, at: &Path) -> Planned {
        let start = first.key_start as usize;
        if self.has_tabs(start) {
            return Err(layout(at, TABS));
        }
        let new_line = self.manner.new_line(self.column(start));
        let key = place.node.key_end as usize;
        if place.parent.is_some() && key > 0 && self.line_start(key) < self.line_start(start) {
            return Ok(vec![TextEdit::insert(self.line_end(key), format!("{new_line}{text}"))]);
        }
        Ok(vec![TextEdit::insert(start, format!("{text}{new_line}"))])
    }

    /// Adds a field or element to a block, after another one and the comment on its line.
    fn insert_below(&self, first: &Node, last: &Node, text: &str, at: &Path) -> Planned {
        if self.has_tabs(first.key_start as usize) {
            return Err(layout(at, TABS));
        }
        let rest = self.rest_of_line(last.end as usize).trim_start();
        if !rest.trim().is_empty() && !rest.starts_with('#') {
            return Err(layout(at, "something else follows on its line"));
        }
        let column = self.column(first.key_start as usize);
        let new_line = self.manner.new_line(column);
        let end = self.behind_comments(self.line_end(last.end as usize), column);
        Ok(vec![TextEdit::insert(end, format!("{new_line}{text}"))])
    }

    /// The end of the last line, from that which ends at `end` on, that is a comment on what is indented deeper than
    /// `column`.
    fn behind_comments(&self, mut end: usize, column: usize) -> usize {
        let mut at = end;
        loop {
            let start = self.next_line(at);
            let line = self.rest_of_line(start);
            let blank = line.trim().is_empty();
            let deeper = line.trim_start_matches(' ');
            if start >= self.text.len() || !(blank || deeper.starts_with('#') && line.len() - deeper.len() > column) {
                return end;
            }
            at = start + line.len();
            if !blank {
                end = at;
            }
        }
    }

    fn remove(&self, at: &Path) -> Planned {
        let (found, left) = self.tree.reach(at);
        let place = self.own(found, at, left)?;
        let Some(parent_path) = at.parent() else { return Err(EditRefused::NoPlace { at: at.clone() }) };
        let (parent, _) = self.tree.reach(&parent_path);
        let parent = self.own(parent, &parent_path, 0)?;
        let siblings: Vec<&Node> = self.tree.children(parent.number).map(|(_, node)| node).collect();
        let number = siblings.iter().position(|sibling| std::ptr::eq(*sibling, place.node)).unwrap_or_default();
        let before = number.checked_sub(1).and_then(|number| siblings.get(number).copied());
        let after = siblings.get(number + 1).copied();
        if parent.node.style.is_flow() {
            return self.remove_inside(parent.node, place.node, before, after, at);
        }
        if before.is_none() && after.is_none() {
            let empty =
                if parent.node.style.is_mapping() { Value::Object(Map::new()) } else { Value::Array(Vec::new()) };
            return self.replace(parent, &empty, at);
        }
        let start = place.node.key_start as usize;
        let line = self.line_start(start);
        let next = self.next_line(place.node.end as usize);
        if !self.text.get(line..start).unwrap_or_default().trim().is_empty() {
            // It shares its line with a dash: what comes next moves up.
            let rest = self.text.get(next..).unwrap_or_default();
            let next = next + rest.len() - rest.trim_start().len();
            return Ok(vec![TextEdit::delete(start..next)]);
        }
        let lines = if self.ends_without_break(next) { self.break_before(line)..next } else { line..next };
        Ok(vec![TextEdit::delete(lines)])
    }

    fn remove_inside(
        &self,
        parent: &Node,
        node: &Node,
        before: Option<&Node>,
        after: Option<&Node>,
        at: &Path,
    ) -> Planned {
        let start = |node: &Node| node.key_start.min(node.start) as usize;
        let range = match (before, after) {
            (_, Some(after)) => start(node)..start(after),
            (Some(before), None) => before.end as usize..node.end as usize,
            (None, None) => self.bracket(parent, at)? + 1..(parent.end as usize).saturating_sub(1),
        };
        let mut around = self.text.get(range.clone()).unwrap_or_default().to_owned();
        // The value itself may hold what looks like a comment.
        if let Some(inner) = self.text.get(start(node)..node.end as usize) {
            around = around.replacen(inner, "", 1);
        }
        if around.contains('#') {
            return Err(layout(at, COMMENT_IN_BRACKETS));
        }
        Ok(vec![TextEdit::delete(range)])
    }

    /// Where the bracket of a flow collection is: a tag or an anchor may stand before it.
    fn bracket(&self, node: &Node, at: &Path) -> Result<usize, EditRefused> {
        let text = self.text.get(node.range()).unwrap_or_default();
        if !text.starts_with(['{', '[']) {
            return Err(layout(at, "a tag or an anchor stands before it"));
        }
        Ok(node.start as usize)
    }

    /// The byte after the colon of a field.
    fn after_colon(&self, node: &Node, at: &Path) -> Result<usize, EditRefused> {
        let between = self.text.get(node.key_end as usize..node.start as usize).unwrap_or_default();
        let colon =
            between.find(':').filter(|colon| between.get(..*colon).is_some_and(|blank| blank.trim().is_empty()));
        colon.map(|colon| node.key_end as usize + colon + 1).ok_or_else(|| layout(at, "a key without a colon"))
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).unwrap_or_default().rfind('\n').map_or(0, |before| before + 1)
    }

    /// The end of the line without its break.
    fn line_end(&self, at: usize) -> usize {
        at + self.rest_of_line(at).len()
    }

    fn rest_of_line(&self, at: usize) -> &'d str {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        line.strip_suffix('\r').unwrap_or(line)
    }

    fn next_line(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// True when the text ends at `end` and its last line has no break.
    fn ends_without_break(&self, end: usize) -> bool {
        end == self.text.len() && !self.text.ends_with('\n')
    }

    /// The start of the line break before a line.
    fn break_before(&self, line: usize) -> usize {
        let before = self.text.get(..line).unwrap_or_default();
        let before = before.strip_suffix('\n').unwrap_or(before);
        before.strip_suffix('\r').unwrap_or(before).len()
    }

    fn column(&self, at: usize) -> usize {
        self.text.get(self.line_start(at)..at).unwrap_or_default().chars().count()
    }

    fn has_tabs(&self, at: usize) -> bool {
        self.text.get(self.line_start(at)..at).unwrap_or_default().contains('\t')
    }
}

const TABS: &str = "its line is indented with tabs";
const COMMENT_IN_BRACKETS: &str = "there is a comment between its brackets";

fn layout(at: &Path, reason: &'static str) -> EditRefused {
    EditRefused::Layout { at: at.clone(), reason }
}

/// True for what is written on one line.
fn is_inline(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}
