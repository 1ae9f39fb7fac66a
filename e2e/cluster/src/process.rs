//! Programs that run beside a test.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// What a cluster is made of.
pub const PROGRAMS: [&str; 6] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "policy-server"];

/// Where a program is: in `KUBEBUILDER_ASSETS`, as envtest has it, or on the PATH.
///
/// # Errors
/// When it is in neither.
pub fn find(program: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from).into_iter().chain(
        // An empty entry would be the current folder.
        std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()),
    );
    let found = folders.find_map(|folder| Some(folder.join(program)).filter(|file| file.is_file()));
    found.with_context(|| format!("{program} is neither in KUBEBUILDER_ASSETS nor on PATH"))
}

/// A command that runs in `folder` and knows nothing of the user's clusters and proxies. Where `setpriv` is installed, it doesn't
/// outlive the thread that starts it, even if that is killed.
///
/// # Errors
/// When the program is absent.
pub fn command(program: &str, folder: &Path) -> anyhow::Result<Command> {
    let program = find(program)?;
    let mut command = match find("setpriv") {
        Ok(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL"]).arg(program);
            command
        }
        Err(_) => Command::new(program),
    };
    command.current_dir(folder).env("HOME", folder).env_remove("KUBECONFIG").stdin(Stdio::null());
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(variable).env_remove(variable.to_lowercase());
    }
    Ok(command)
}

/// A program that runs until this is dropped.
///
/// It also stays in the test's process group: a runner that stops a test that hangs stops it as well.
pub struct Process {
    program: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts a program, whose output goes to `<program>.log` in `folder`.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(program: &str, folder: &Path, arguments: &[String]) -> anyhow::Result<Process> {
        Process::run(program, folder, command(program, folder)?.args(arguments))
    }

    /// The same, with a command that was prepared.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn run(program: &str, folder: &Path, command: &mut Command) -> anyhow::Result<Process> {
        let log = folder.join(format!("{program}.log"));
        let file = File::create(&log)?;
        let child = command.stdout(file.try_clone()?).stderr(file).spawn().with_context(|| program.to_owned())?;
        Ok(Process { program: program.to_owned(), child, log })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Nothing while it runs.
    ///
    /// # Errors
    /// When it has stopped: with the last lines of its log.
    pub fn check(&mut self) -> anyhow::Result<()> {
        let Some(status) = self.child.try_wait()? else { return Ok(()) };
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(15)..).unwrap_or_default();
        anyhow::bail!("{} stopped ({status}):\n{}", self.program, last.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have stopped by itself, which whoever waited for it has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports on loopback that are free at the moment, all different.
///
/// # Errors
/// When there are none.
pub fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        *port = listener.local_addr()?.port();
        // Held until all are known.
        listeners.push(listener);
    }
    Ok(ports)
}
