//! The command line.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Parser, Subcommand, ValueEnum};
use plimsoll::policy::metadata::{Profile, Severity};

use plimsoll_lint::check::LintReport;
use plimsoll_lint::problem::Problem;

use crate::outcome::Outcome;
use crate::project::Project;
use crate::report::choice::Reports;

/// The load line for Kubernetes workloads: checks manifests against best practices, and fixes what it can.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, long_version = crate::version::LONG.as_str(), arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Args {
    /// When to use colours; `auto` does on a terminal, unless NO_COLOR is set, or FORCE_COLOR.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Box<Check>),
    Fix(Box<Fix>),
    Baseline(Box<Baseline>),
    Init(Init),
    Graph(Graph),
    Test(Box<Test>),
    Scan(Box<Scan>),
    Doctor(Doctor),
    Export(Export),
    List(List),
    Explain(Explain),
    Completions(Completions),
    Man(Man),
}

/// Report what is wrong with manifests.
///
/// Cross-object policies see all objects given together, so give a service's files in one call.
///
/// Exit status: 0 nothing wrong, 1 findings at or above --fail-on, 2 something could not be read or understood (the
/// rest is checked all the same).
#[derive(Debug, clap::Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) bar: Bar,
    /// Report only what is not in this file, which `plimsoll baseline` writes.
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Report what is in the configuration's baseline, too.
    #[arg(long)]
    pub(crate) no_baseline: bool,
    /// Report only findings on objects that have changed since this commit, and on what such an object has to do with.
    #[arg(long, value_name = "REVISION")]
    pub(crate) since: Option<String>,
    /// Show only so many findings, the worst ones. All count for the exit status.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_findings: Option<usize>,
    /// Check again whenever a file changes, until Ctrl-C, which ends with the exit status of the last run.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Exit with 1 when an exemption exempts nothing.
    #[arg(long, conflicts_with = "exit_zero")]
    pub(crate) fail_on_unused_exemption: bool,
}

/// Which findings are reported, and which of them fail.
#[derive(Debug, clap::Args)]
pub(crate) struct Bar {
    /// Drop findings that are less severe than this. Defaults to `low` for the profiles `starter` and `production`, and to
    /// `info` for `strict` and for policies that are named.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) min_severity: Option<SeverityArg>,
    /// Exit with 1 for findings at least this severe; defaults to what the configuration says, else to `low`.
    #[arg(long, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<SeverityArg>,
    /// Exit with 0 in spite of findings.
    #[arg(long)]
    pub(crate) exit_zero: bool,
}

impl Bar {
    /// The severity below which findings are dropped, whatever the profile.
    pub(crate) fn least(&self) -> Option<Severity> {
        self.min_severity.map(|severity| severity.0)
    }

    /// The severity from which on findings fail.
    pub(crate) fn fail_on(&self, project: &Project) -> Severity {
        self.fail_on.map(|severity| severity.0).or(project.fail_on).unwrap_or(Severity::Low)
    }

    /// What a report comes to.
    pub(crate) fn outcome(&self, problems: &[Problem], report: &LintReport, fail_on: Severity) -> Outcome {
        let failing = report.findings.iter().any(|located| located.finding.severity >= fail_on)
            || report.left_out.severities.keys().any(|severity| *severity >= fail_on);
        match failing && !self.exit_zero {
            _ if !problems.is_empty() => Outcome::Failed,
            true => Outcome::Findings,
            false => Outcome::Clean,
        }
    }
}

/// Write down the findings of today, so that `plimsoll check --baseline` reports only new ones.
///
/// A finding is recognised by its policy, object and place in the object: lines may move and items change places. Run it again
/// to forget what has been fixed.
///
/// Exit status: 0 written, 2 something could not be read, understood or written.
#[derive(Debug, clap::Args)]
pub(crate) struct Baseline {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The file, or - for standard output; defaults to what the configuration says, else to `plimsoll-baseline.json`.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Write a configuration that fits this directory, with comments.
///
/// It looks at the manifests below the directory and writes `plimsoll.yaml`. Nothing is overwritten.
///
/// With --from it goes by the configuration of another linter: the policies that do its checks are on, with settings that match.
/// What can't be taken over is said in comments.
#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// Take over what this one checks: `kube-linter`, `polaris` or `kube-score`, whose configuration is read if it lies here;
    /// or the path of their configuration. kube-score has none: the path of a script with its command line does.
    #[arg(long, value_name = "PEER|PATH")]
    pub(crate) from: Option<String>,
    /// Print it instead.
    #[arg(long)]
    pub(crate) print: bool,
}

/// Fix manifests: comments, order and quoting of everything else stay as they are.
///
/// Exit status: 0 nothing (left) to fix, 1 there is something to fix (--diff) or a fix could not be made, 2 something
/// could not be read, understood or written. A file that cannot be read as a whole is left as it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Fix {
    #[command(flatten)]
    pub(crate) input: Input,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Print what would change as a unified diff. This is the default.
    #[arg(long, conflicts_with = "write")]
    pub(crate) diff: bool,
    /// Change the files; standard input goes, fixed, to standard output.
    #[arg(long)]
    pub(crate) write: bool,
    /// Make fixes, too, that may change how a workload behaves.
    #[arg(long = "unsafe")]
    pub(crate) risky: bool,
    /// Add the objects that are missing, too, each behind the documents of the file that needs it. Those that may change how
    /// a workload behaves (a disruption budget, an autoscaler, a NetworkPolicy) are added with --unsafe only.
    #[arg(long, conflicts_with = "new_files")]
    pub(crate) new_objects: bool,
    /// Add the objects that are missing, too, each in a file of its own beside the one that needs it:
    /// `KIND-NAME.yaml`. No file is overwritten. As with --new-objects, most need --unsafe.
    #[arg(long)]
    pub(crate) new_files: bool,
}

/// Show what targets what, and what the numbers come to.
///
/// Each workload with its number of pods and who sets it, its autoscalers with what they scale by, its disruption budgets
/// with the evictions that they allow, and the Services, Ingresses and NetworkPolicies that select it. What isn't given
/// doesn't exist. Nothing is checked.
///
/// Exit status: 0 shown, 2 something could not be read or understood.
#[derive(Debug, clap::Args)]
pub(crate) struct Graph {
    /// Files, directories (every *.yaml, *.yml and *.json below them, but hidden ones and those that git ignores), or - for standard input.
    /// Without any: the current directory.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Exit successfully when there is no object to show.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    #[command(flatten)]
    pub(crate) files: Files,
    #[command(flatten)]
    pub(crate) render: Render,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationFile,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: GraphFormat,
}

/// Report what is wrong with the objects that a cluster has, with a score.
///
/// The objects of the kinds that the policies look at are read, 500 at a time, and nothing is changed. What a workload has made,
/// such as a Deployment's ReplicaSet and its Pods, is checked at its owner. Of Secrets and ConfigMaps only the metadata of those
/// is read that an object refers to.
///
/// Exit status: 0 nothing wrong, 1 findings at or above --fail-on, 2 the cluster could not be asked, or not about everything.
#[derive(Debug, clap::Args)]
pub(crate) struct Scan {
    /// Only this namespace; without it all of them, and what belongs to none.
    #[arg(long, short = 'n', value_name = "NAME", value_parser = namespace)]
    pub(crate) namespace: Option<String>,
    /// Another context of the kubeconfig than the current one.
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) bar: Bar,
}

/// Test policies: whether they report what manifests with markers expect.
///
/// `#~ POLICY` at the end of a line expects one finding of the policy there; several ids, or one several times, expect several.
/// No other finding may be there. A document `kind: Case` begins a case of its own, with a name, settings and more:
/// docs/testing-policies.md has all fields. Below directories, files with markers or cases and those named pass* are tests.
///
/// Exit status: 0 all as expected, 1 something is not, 2 something could not be read or understood.
#[derive(Debug, clap::Args)]
pub(crate) struct Test {
    /// Files, or directories. Without any: the current directory.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) files: Files,
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Test this Wasm module in place of the built-in policies, in an embedded host with Kubewarden's engine: an object with markers
    /// has to be denied or warned about, every other admitted without a word. May be given more than once.
    #[arg(long = "module", value_name = "FILE")]
    pub(crate) modules: Vec<PathBuf>,
    /// Write into this directory what the module looked up for each object, as a session that `kwctl run` replays, with the request
    /// and the settings.
    #[arg(long, value_name = "DIRECTORY", requires = "modules")]
    pub(crate) sessions: Option<PathBuf>,
    /// Write a JUnit report, too.
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// Say what stands in the way before policies are applied to a cluster.
///
/// Asks the API server which permissions PolicyServer is missing to look up what the policies need, which kinds it doesn't
/// serve, and what the policies would report on the objects that are there. Nothing is changed.
///
/// Exit status: 0 nothing in the way, 1 something is, 2 the cluster could not be asked, or not about everything.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Another context of the kubeconfig than the current one.
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The service account of PolicyServer.
    #[arg(long, value_name = "NAMESPACE/NAME", default_value = "kubewarden/policy-server", value_parser = service_account)]
    pub(crate) service_account: ServiceAccount,
    /// Check only objects of this namespace; may be given more than once. Defaults to all but that of PolicyServer, about
    /// which Kubewarden's webhooks don't ask.
    #[arg(long = "namespace", short = 'n', value_name = "NAME")]
    pub(crate) namespaces: Vec<String>,
    /// Print the permissions that the policies need, as the ClusterRole and binding of each policy, for `kubectl apply -f -`,
    /// and nothing else. No cluster is asked.
    #[arg(long, conflicts_with = "format")]
    pub(crate) rbac: bool,
    /// How to report.
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    pub(crate) format: Format,
}

/// A service account by its namespace and name.
#[derive(Clone, Debug)]
pub(crate) struct ServiceAccount {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

fn service_account(text: &str) -> Result<ServiceAccount, String> {
    match text.split_once('/') {
        Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Ok(ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() })
        }
        _ => Err("write it as NAMESPACE/NAME".to_owned()),
    }
}

/// Write what puts the policies into a cluster: custom resources of Kubewarden, and the permissions that go before them.
///
/// The policies and their settings are those of the configuration and the flags. By default nothing is rejected: findings are
/// logged and counted. `plimsoll doctor` says what stands in the way.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// What to write.
    #[arg(long = "as", value_name = "FORM", default_value = "suite")]
    pub(crate) form: ExportForm,
    /// Whether findings reject. Kubewarden doesn't let a policy go back from `protect` to `monitor`.
    #[arg(long, value_name = "MODE", default_value = "monitor")]
    pub(crate) mode: RolloutMode,
    /// Check only in this namespace; may be given more than once.
    #[arg(long = "namespace", short = 'n', value_name = "NAME", value_parser = namespace)]
    pub(crate) namespaces: Vec<String>,
    /// Don't check in this namespace; may be given more than once. Without --namespace, `kube-system` is left out unless
    /// others are named here.
    #[arg(long = "exclude-namespace", value_name = "NAME", conflicts_with = "namespaces", value_parser = namespace)]
    pub(crate) exclude_namespaces: Vec<String>,
    /// Where the modules are, in place of where they are published.
    #[arg(long, value_name = "HOST/PREFIX")]
    pub(crate) registry: Option<String>,
    /// The PolicyServer that runs the policies.
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) policy_server: String,
    /// The service account of that PolicyServer.
    #[arg(long, value_name = "NAMESPACE/NAME", default_value = "kubewarden/policy-server", value_parser = service_account)]
    pub(crate) service_account: ServiceAccount,
    /// Write to this file instead of standard output; for `kustomize`, to this directory.
    #[arg(long, short, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,
}

impl Export {
    /// The namespaces that are left out.
    pub(crate) fn excluded(&self) -> Vec<String> {
        if self.namespaces.is_empty() && self.exclude_namespaces.is_empty() {
            vec!["kube-system".to_owned()]
        } else {
            self.exclude_namespaces.clone()
        }
    }
}

/// What policies are exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportForm {
    /// One ClusterAdmissionPolicy with the module that holds all policies.
    Suite,
    /// A ClusterAdmissionPolicy for each policy.
    Cap,
    /// One ClusterAdmissionPolicyGroup: it changes no objects, and shows no warnings.
    Group,
    /// Values for the Helm chart `plimsoll-policies`.
    HelmValues,
    /// A directory that Kustomize builds, with the suite.
    Kustomize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RolloutMode {
    /// Findings are logged and counted.
    Monitor,
    /// Findings reject.
    Protect,
}

impl RolloutMode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            RolloutMode::Monitor => "monitor",
            RolloutMode::Protect => "protect",
        }
    }
}

/// The name of a namespace, which becomes part of an address, and a value in selectors.
fn namespace(text: &str) -> Result<String, String> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = text.len() <= 63
        && text.bytes().all(|byte| is_inner(byte) || byte == b'-')
        && text.bytes().next().is_some_and(is_inner)
        && text.bytes().next_back().is_some_and(is_inner);
    if is_name { Ok(text.to_owned()) } else { Err("a namespace has lower-case letters, digits and dashes".to_owned()) }
}

/// What is read.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Input {
    /// Files, directories (every *.yaml, *.yml and *.json below them, but hidden ones and those that git ignores), or - for standard input.
    /// Without any: the current directory.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Exit successfully when no objects are found.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Treat the input as complete: objects that aren't given don't exist.
    #[arg(long)]
    pub(crate) complete: bool,
    /// Where objects go that name no namespace. Without it that is where their companions are: the other objects of the
    /// file, or of its directory.
    #[arg(long, short = 'n', value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    #[command(flatten)]
    pub(crate) files: Files,
    #[command(flatten)]
    pub(crate) render: Render,
    #[command(flatten)]
    pub(crate) cluster: Cluster,
}

/// Which files below a directory are read.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Files {
    /// Below directories, read only files that match; in place of the configuration's `include`. May be given more than once.
    /// Patterns are those of `.gitignore`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) include: Vec<String>,
    /// Below directories, leave out files and directories that match, beside those of the configuration's `exclude`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Read files, too, that git ignores.
    #[arg(long)]
    pub(crate) no_gitignore: bool,
    /// Treat files that are named like those below a directory: `exclude` counts for them, and what is no Kubernetes object is
    /// passed over. For lists of files, as pre-commit passes them.
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
}

/// How charts and overlays below directories are rendered: by `helm template`, and by `kustomize build` or `kubectl kustomize`.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Render {
    /// Render no charts and build no overlays; their files are checked as far as they are manifests. `plimsoll fix` never
    /// renders.
    #[arg(long)]
    pub(crate) no_render: bool,
    /// A file with values for all charts, beside those of the configuration's `charts`.
    #[arg(long, value_name = "FILE")]
    pub(crate) helm_values: Vec<PathBuf>,
    /// A value for all charts.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) helm_set: Vec<String>,
    /// The name of the release for all charts; --namespace is its namespace.
    #[arg(long, value_name = "NAME")]
    pub(crate) helm_release: Option<String>,
}

/// Where the objects are looked up that were not given.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Cluster {
    /// What was not given is in the cluster of the kubeconfig's current context: it is read, and nothing is changed. The
    /// objects given win over the cluster's.
    #[arg(long, conflicts_with = "complete")]
    pub(crate) cluster: bool,
    /// Another context of the kubeconfig.
    #[arg(long, value_name = "NAME", requires = "cluster")]
    pub(crate) context: Option<String>,
}

/// Which policies check.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Selection {
    /// The set of policies; defaults to what the configuration says, else to `production`.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<ProfileArg>,
    /// Only this policy, whatever the profile; may be given more than once.
    #[arg(long = "policy", value_name = "ID", value_delimiter = ',')]
    pub(crate) policies: Vec<String>,
    /// Policies to add to the profile: ids, patterns such as `missing-*`, or categories, separated by commas.
    #[arg(long, value_name = "POLICIES", value_delimiter = ',', conflicts_with = "policies")]
    pub(crate) enable: Vec<String>,
    /// A file with CustomResourceDefinitions by whose schemas `unknown-field` checks custom resources, or a directory of such
    /// files. Those among the manifests count in any case.
    #[arg(long = "schema", value_name = "PATH")]
    pub(crate) schemas: Vec<PathBuf>,
    /// Policies to leave out, written like those of --enable, over which it wins.
    #[arg(long, value_name = "POLICIES", value_delimiter = ',', conflicts_with = "policies")]
    pub(crate) disable: Vec<String>,
    #[command(flatten)]
    pub(crate) configuration: ConfigurationFile,
}

/// Where the configuration is.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct ConfigurationFile {
    /// A YAML file with the configuration: docs/config.schema.json describes it. Without it, that is `plimsoll.yaml` or
    /// `.plimsoll.yaml` in this directory or, within a git repository, the nearest one above.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(crate) config: Option<PathBuf>,
    /// Don't look for a configuration.
    #[arg(long)]
    pub(crate) no_config: bool,
}

/// List the policies.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Only those that are on in this profile.
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<ProfileArg>,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    pub(crate) format: Format,
}

/// Say what a policy reports, why, and how it is set.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// The policy's id, as findings and `plimsoll list` show it.
    #[arg(value_name = "POLICY", required_unless_present = "peer")]
    pub(crate) policy: Option<String>,
    /// Say instead which policies do what another project checks, and what differs: `kube-linter/no-read-only-root-fs`.
    /// `kube-linter` alone lists its checks. Others are kube-score, polaris, kyverno, gatekeeper, kubewarden, popeye and
    /// kubescape.
    #[arg(long, value_name = "PEER[/CHECK]", conflicts_with = "policy")]
    pub(crate) peer: Option<String>,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "pretty")]
    pub(crate) format: Format,
}

/// Print the completions for a shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell.
    pub(crate) shell: clap_complete::Shell,
}

/// Write the manual pages.
///
/// Without a directory, that of the command itself goes to standard output.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Write a page for the command and one for each subcommand into this directory.
    #[arg(long = "dir", value_name = "DIRECTORY")]
    pub(crate) directory: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Pretty,
    /// For programs.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For people.
    Text,
    /// For programs: nodes and edges.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

/// A severity by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeverityArg(pub(crate) Severity);

impl ValueEnum for SeverityArg {
    fn value_variants<'a>() -> &'a [SeverityArg] {
        const ALL: [SeverityArg; 5] = {
            let [a, b, c, d, e] = Severity::ALL;
            [SeverityArg(a), SeverityArg(b), SeverityArg(c), SeverityArg(d), SeverityArg(e)]
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

/// A profile by its name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProfileArg(pub(crate) Profile);

impl ValueEnum for ProfileArg {
    fn value_variants<'a>() -> &'a [ProfileArg] {
        const ALL: [ProfileArg; 3] = {
            let [a, b, c] = Profile::SETS;
            [ProfileArg(a), ProfileArg(b), ProfileArg(c)]
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}
