//! JUnit's XML: a suite for each file, a test for each case.

use std::fmt::Write as _;

use super::{Tested, TestedCase, lines};
use crate::visible::{self, markup};

pub(super) fn report(tested: &[Tested]) -> String {
    let sum = |of: &dyn Fn(&Tested) -> usize| tested.iter().map(of).sum::<usize>();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"plimsoll test\" tests=\"{}\" failures=\"{}\">\n",
        sum(&|tested| tested.cases.len()),
        sum(&Tested::failed)
    );
    for suite in tested {
        let name = markup(&visible::name(&suite.name));
        let (tests, failures) = (suite.cases.len(), suite.failed());
        let _ = writeln!(xml, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">");
        for case in &suite.cases {
            let _ = writeln!(xml, "    {}", element(&name, case));
        }
        xml.push_str("  </testsuite>\n");
    }
    xml + "</testsuites>\n"
}

fn element(file: &str, case: &TestedCase) -> String {
    let title = if case.name.is_empty() { format!("line {}", case.line) } else { case.name.clone() };
    let title = markup(&visible::message(&title));
    let head = format!("<testcase classname=\"{file}\" name=\"{title}\" file=\"{file}\" line=\"{}\"", case.line);
    if let Some(why) = case.skipped {
        return format!("{head}><skipped message=\"{}\"/></testcase>", markup(why));
    }
    if case.differences.is_empty() {
        return format!("{head}/>");
    }
    let text: Vec<String> = case.differences.iter().flat_map(lines).collect();
    let text = markup(&text.join("\n"));
    format!("{head}><failure message=\"not what is expected\">{text}</failure></testcase>")
}
