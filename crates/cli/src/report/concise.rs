//! A line for each finding, as compilers write it.

use std::io::{self, Write};

use super::Run;

pub(super) fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for located in &run.report.findings {
        let (severity, policy) = (located.finding.severity.name(), located.finding.metadata.id);
        writeln!(
            out,
            "{}: {severity}[{policy}]: {}: {}",
            run.location(&located.place),
            run.title(located),
            run.message(located)
        )?;
    }
    Ok(())
}
