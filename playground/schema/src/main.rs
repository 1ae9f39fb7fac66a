//! Writes the table to the given file.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: plimsoll-playground-schema FILE");
        return ExitCode::from(2);
    };
    let written = serde_json::to_string(&plimsoll_playground_schema::table())
        .map_err(std::io::Error::from)
        .and_then(|text| std::fs::write(&file, text));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}
