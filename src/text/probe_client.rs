//! The clients that exec probes run, such as `wget` and `curl`: how long they wait, which hosts they contact, and whether
//! they retry.
//!
//! Nothing is guessed: an unknown option may take a value, so the word after it is ignored.

use crate::text::elapsed::{Span, elapsed, of_sleep};
use crate::text::script::{Piece, block_end, commands, pieces};
use crate::text::shell::{Invocation, Launched, SHELLS, invocation, launched, program, shorter, time_limit};
use crate::text::split_around;

/// What a command runs, as far as it can be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The programs, in the order of the text.
    pub calls: Vec<Call>,
    /// Whether it is a script with a loop that tries again.
    pub retries: bool,
    /// How long it waits at most according to the options of its programs, in milliseconds; 0 if they have none.
    /// Programs without such an option add to it.
    pub limit_millis: u64,
}

/// One program that a command runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Its name, without the path.
    pub program: String,
    /// How long it waits at most according to its own options or `timeout`, in milliseconds; `None` without either, or if
    /// it may wait forever.
    pub limit_millis: Option<u64>,
    /// The hosts that it contacts, except the container itself.
    pub hosts: Vec<String>,
    /// Whether its options make it retry.
    pub retries: bool,
}

impl Calls {
    /// Reads a command in exec form, and the script that it passes to a shell, if any.
    pub fn of(words: &[&str]) -> Calls {
        let mut calls = Calls::default();
        calls.limit_millis = calls.read(words, None, SCRIPTS).max.unwrap_or_default();
        calls
    }

    fn read(&mut self, words: &[&str], limit: Option<u64>, scripts: u8) -> Span {
        let Launched { words, limit_millis, .. } = launched(words);
        let limit = shorter(limit, limit_millis);
        match invocation(words, SHELLS) {
            Invocation::Program("sleep", arguments) => {
                self.calls.push(Call { program: "sleep".to_owned(), limit_millis: limit, ..Call::default() });
                let span = of_sleep(arguments);
                Span { max: span.max.or(limit).or(Some(0)), ..span }.limited(limit)
            }
            Invocation::Program(program, arguments) => {
                let call = call(program, arguments, limit);
                let span = Span { min: 0, max: Some(call.limit_millis.unwrap_or_default()) };
                self.calls.push(call);
                span
            }
            Invocation::Script(script, _) if scripts > 0 => {
                let Some(pieces) = pieces(script) else { return Span::ZERO };
                self.retries |= retries(&pieces);
                let span = elapsed(&pieces, &mut |command, _, _| {
                    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
                    self.read(&words, limit, scripts - 1)
                });
                // The turns of a loop may be unknown, but `timeout` ends them.
                Span { max: span.max.or(limit).or(Some(0)), ..span }.limited(limit)
            }
            _ => Span::ZERO,
        }
    }
}

/// How deep scripts may be nested.
const SCRIPTS: u8 = 3;

/// True when a loop runs the same commands again, as opposed to one that goes through a list of things to check.
fn retries(pieces: &[Piece]) -> bool {
    pieces.iter().enumerate().any(|(start, piece)| {
        let Piece::Keyword(keyword) = piece else { return false };
        let Some(end) = block_end(pieces, start) else { return false };
        let inside = pieces.get(start + 1..end).unwrap_or_default();
        match *keyword {
            "while" | "until" => commands(inside).next().is_none_or(|command| command.program() != "read"),
            "for" => {
                let heading = inside.iter().find_map(|piece| match piece {
                    Piece::Heading(words) => words.first(),
                    _ => None,
                });
                let names = |word: &String| heading.is_some_and(|variable| word.contains(&["$", variable].concat()));
                !commands(inside).any(|command| command.words.iter().any(names))
            }
            _ => false,
        }
    })
}

/// A client and its options; those of one character are short options.
struct Client {
    programs: &'static [&'static str],
    /// Short options with a value: the rest of their word, or else the next word.
    valued: &'static str,
    /// Short options whose value is always the rest of their word.
    attached: &'static str,
    /// Long options without a value.
    flags: &'static [&'static str],
    /// Whether long options may have a single dash, as in Go programs.
    go: bool,
    /// Options for the timeout.
    limit: &'static [&'static str],
    /// Options for the timeout of the connection, which counts where the other one isn't set.
    connect_limit: &'static [&'static str],
    /// Options for the number of tries or retries.
    tries: &'static [&'static str],
    /// The value of these that means a single try.
    once: &'static str,
    /// Options for the host.
    hosts: &'static [&'static str],
    /// Whether its operands name hosts, too: all of them, or the first.
    operands: Operands,
    /// Options that send the request elsewhere than to the host in the URL.
    detours: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operands {
    Others,
    Urls,
    HostFirst,
}

const PLAIN: Client = Client {
    programs: &[],
    valued: "",
    attached: "",
    flags: &[],
    go: false,
    limit: &[],
    connect_limit: &[],
    tries: &[],
    once: "",
    hosts: &[],
    operands: Operands::Others,
    detours: &[],
};

static CLIENTS: &[Client] = &[
    Client {
        programs: &["wget"],
        valued: "aeiBtOoTwQPUlARDIXY",
        flags: &[
            "quiet",
            "spider",
            "no-verbose",
            "no-check-certificate",
            "server-response",
            "no-proxy",
            "no-cache",
            "content-on-error",
            "verbose",
            "https-only",
        ],
        limit: &["T", "timeout"],
        tries: &["t", "tries"],
        once: "1",
        operands: Operands::Urls,
        ..PLAIN
    },
    Client {
        programs: &["curl"],
        valued: "AbcCdDeEFHKmoPQrtTuUwxXyYz",
        flags: &[
            "fail",
            "fail-with-body",
            "silent",
            "show-error",
            "location",
            "insecure",
            "head",
            "verbose",
            "include",
            "compressed",
            "http1.1",
            "http2",
            "http2-prior-knowledge",
            "ipv4",
            "ipv6",
            "no-progress-meter",
            "globoff",
        ],
        limit: &["m", "max-time"],
        connect_limit: &["connect-timeout"],
        tries: &["retry"],
        once: "0",
        hosts: &["url"],
        operands: Operands::Urls,
        detours: &["resolve", "connect-to", "unix-socket", "abstract-unix-socket"],
        ..PLAIN
    },
    Client {
        programs: &["grpc_health_probe", "grpc-health-probe"],
        flags: &["tls", "tls-no-verify", "gzip", "spiffe", "alts", "v"],
        go: true,
        limit: &["connect-timeout", "rpc-timeout"],
        hosts: &["addr"],
        ..PLAIN
    },
    Client {
        programs: &["nc", "ncat", "netcat"],
        valued: "cegGiIMmoOpPqsTVwWxX",
        limit: &["w", "wait"],
        operands: Operands::HostFirst,
        ..PLAIN
    },
    Client {
        programs: &["pg_isready", "psql"],
        valued: "cdfFhLoPpRtTUv",
        limit: &["t", "timeout"],
        hosts: &["h", "host"],
        ..PLAIN
    },
    Client {
        programs: &["mysqladmin", "mysql", "mariadb-admin", "mariadb"],
        valued: "DehPSu",
        attached: "p",
        connect_limit: &["connect-timeout", "connect_timeout"],
        hosts: &["h", "host"],
        ..PLAIN
    },
    Client {
        programs: &["mongosh", "mongo"],
        valued: "fupS",
        flags: &["quiet", "norc", "nodb", "tls", "ssl", "verbose"],
        hosts: &["host"],
        operands: Operands::HostFirst,
        ..PLAIN
    },
    Client { programs: &["redis-cli"], valued: "adDhinprstuX", hosts: &["h", "u"], ..PLAIN },
    Client { programs: &["ping"], valued: "cCiIlmMpQsStTwW", operands: Operands::HostFirst, ..PLAIN },
];

fn call(name: &str, arguments: &[&str], limit: Option<u64>) -> Call {
    let mut call = Call { program: program(name).to_owned(), limit_millis: limit, ..Call::default() };
    let Some(client) = CLIENTS.iter().find(|client| client.programs.contains(&name)) else { return call };
    let (mut own, mut connect, mut detour, mut operands) = (None, None, false, 0_usize);
    for (option, value) in options(arguments, client) {
        let operand = option.is_empty();
        if client.limit.contains(&option) {
            if let Some(millis) = value.and_then(time_limit) {
                // A gRPC probe connects first and calls then.
                own = Some(if client.go { millis.saturating_add(own.unwrap_or(0)) } else { millis });
            }
        } else if client.connect_limit.contains(&option) {
            connect = value.and_then(time_limit);
        } else if client.tries.contains(&option) {
            call.retries = value.is_some_and(|tries| {
                tries != client.once && (tries.starts_with("inf") || tries.parse::<u32>().is_ok())
            });
        } else if client.detours.contains(&option) {
            detour = true;
        }
        let names_host = match client.operands {
            _ if !operand => client.hosts.contains(&option),
            Operands::Others => false,
            Operands::Urls => true,
            Operands::HostFirst => operands == 0,
        };
        if names_host && let Some(host) = value.and_then(host_of).filter(|host| !is_loopback(host)) {
            call.hosts.push(host.to_owned());
        }
        operands += usize::from(operand);
    }
    if detour {
        call.hosts.clear();
    }
    call.limit_millis = shorter(limit, own.or(connect));
    call
}

/// The options of a curl with their values; `None` for any other program.
fn options_of_curl<'w>(name: &str, arguments: &'w [&'w str]) -> Option<Vec<(&'w str, Option<&'w str>)>> {
    let client = CLIENTS.iter().find(|client| name == "curl" && client.programs.contains(&name))?;
    Some(options(arguments, client))
}

/// The file into which a curl writes what it gets.
pub fn output_of_curl<'w>(name: &str, arguments: &'w [&'w str]) -> Option<&'w str> {
    let options = options_of_curl(name, arguments)?;
    options.into_iter().find(|(option, _)| matches!(*option, "o" | "output")).and_then(|(_, file)| file)
}

/// True for a curl that succeeds on every HTTP status.
pub fn ignores_status(name: &str, arguments: &[&str]) -> bool {
    let Some(options) = options_of_curl(name, arguments) else { return false };
    // A file with options may have `fail`.
    let fails = |option: &str| matches!(option, "f" | "fail" | "fail-with-body" | "K" | "config");
    let other = |value: Option<&str>| {
        value.and_then(|url| split_around(url, "://")).is_some_and(|(scheme, _)| !scheme.starts_with("http"))
    };
    !options.iter().any(|(option, value)| fails(option) || other(*value))
}

/// The options of a client with their values; operands have an empty name.
fn options<'w>(arguments: &'w [&'w str], client: &Client) -> Vec<(&'w str, Option<&'w str>)> {
    let mut options = Vec::new();
    let mut words = arguments.iter().copied().peekable();
    while let Some(word) = words.next() {
        let long = match word.strip_prefix("--") {
            Some(long) => Some(long),
            None if client.go => word.strip_prefix('-'),
            None => None,
        };
        if long == Some("") {
            options.extend(words.map(|operand| ("", Some(operand))));
            break;
        }
        if let Some(long) = long {
            options.push(match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None if client.flags.contains(&long) => (long, None),
                None => (long, words.next_if(|next| !next.starts_with('-'))),
            });
            continue;
        }
        let Some(shorts) = word.strip_prefix('-').filter(|shorts| !shorts.is_empty()) else {
            options.push(("", Some(word)));
            continue;
        };
        for (at, short) in shorts.char_indices() {
            let (name, rest) =
                shorts.get(at..).and_then(|from| from.split_at_checked(short.len_utf8())).unwrap_or_default();
            if client.valued.contains(short) {
                let value = if rest.is_empty() { words.next() } else { Some(rest) };
                options.push((name, value));
                break;
            }
            if client.attached.contains(short) {
                break;
            }
            options.push((name, None));
        }
    }
    options
}

/// The host in a URL, an address or a name; `None` when there is none, or it is in a variable.
fn host_of(address: &str) -> Option<&str> {
    let rest = match split_around(address, "://") {
        Some(("file" | "unix", _)) => return None,
        Some((_, rest)) => rest,
        None => address,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => match host.split_once(':') {
            // More than one colon means an IPv6 address.
            Some((name, port)) if !port.contains(':') => name,
            _ => host,
        },
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let begins = host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':');
    (begins && host.chars().all(plain)).then_some(host)
}

/// True for the names and addresses of the loopback interface, and the unspecified address.
pub fn is_loopback(host: &str) -> bool {
    let numeric = |host: &str| host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    host.eq_ignore_ascii_case("localhost")
        || matches!(host, "::1" | "0.0.0.0" | "::" | "ip6-localhost")
        || host.starts_with("127.") && numeric(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(words: &[&str]) -> Call {
        let mut calls = Calls::of(words).calls;
        assert_eq!(calls.len(), 1, "{words:?}");
        calls.remove(0)
    }

    #[test]
    fn timeouts_are_read_from_options() {
        for (words, millis) in [
            (&["wget", "-qO-", "-T", "4", "http://localhost:8080/"][..], Some(4_000)),
            (&["/usr/bin/wget", "--quiet", "--tries=1", "--timeout=4", "--spider", "http://localhost/"], Some(4_000)),
            (&["busybox", "wget", "-qT5", "http://localhost/"], Some(5_000)),
            (&["wget", "-O", "-T", "http://localhost/"], None),
            (&["curl", "-fsSm", "2.5", "localhost:8080/health"], Some(2_500)),
            (&["curl", "--max-time", "10", "-o", "/dev/null", "localhost"], Some(10_000)),
            (&["curl", "-H", "-m5", "localhost"], None),
            (&["curl", "-m", "0", "localhost"], None),
            (&["curl", "--connect-timeout", "5", "localhost"], Some(5_000)),
            (&["curl", "--connect-timeout", "5", "-m", "3", "localhost"], Some(3_000)),
            (&["mysql", "-h", "127.0.0.1", "-e", "SELECT 1", "--connect-timeout=5"], Some(5_000)),
            (&["curl", "--max-time", "localhost"], None),
            (&["grpc_health_probe", "-addr=:9000", "-rpc-timeout=500ms"], Some(500)),
            (&["grpc_health_probe", "-addr", ":9000", "--connect-timeout", "1s", "-rpc-timeout", "2s"], Some(3_000)),
            (&["timeout", "5", "curl", "-m", "10", "localhost"], Some(5_000)),
            (&["timeout", "-s", "KILL", "1m", "/app/check"], Some(60_000)),
            (&["timeout", "-t", "2", "sh", "-c", "/app/check --all"], Some(2_000)),
            (&["pg_isready", "-U", "shop", "-t", "3"], Some(3_000)),
            (&["env", "A=1", "nc", "-zw2", "localhost", "5432"], Some(2_000)),
            (&["/app/check", "-m", "5"], None),
        ] {
            assert_eq!(only(words).limit_millis, millis, "{words:?}");
        }
        let calls = Calls::of(&["sh", "-c", "exec curl -sf -m 3 $URL || exit 1"]).calls;
        let read: Vec<_> = calls.iter().map(|call| (call.program.as_str(), call.limit_millis)).collect();
        assert_eq!(read, [("curl", Some(3_000))]);
    }

    #[test]
    fn hosts_are_read_from_options_and_operands() {
        for (words, hosts) in [
            (&["curl", "http://user:secret@db.shop:8080/x?a=http://no"][..], &["db.shop"][..]),
            (&["curl", "-u", "user:secret", "localhost:8080"], &[]),
            (&["curl", "--user", "user:secret", "--silent", "db.shop"], &["db.shop"]),
            (&["curl", "--resolve", "shop.example.com:443:127.0.0.1", "https://shop.example.com/"], &[]),
            (&["curl", "https://$HOST/", "http://[::1]:80/", "127.0.0.1:80"], &[]),
            (&["wget", "-q", "--spider", "http://[2001:db8::1]:80/"], &["2001:db8::1"]),
            (&["grpc_health_probe", "-addr=payments.shop.svc:9000"], &["payments.shop.svc"]),
            (&["grpc_health_probe", "-addr=:9000"], &[]),
            (&["curl", "-", "unix:///run/app.sock", "file:///etc/app"], &[]),
            (&["nc", "-z", "-w", "1", "queue", "5672"], &["queue"]),
            (&["nc", "-z", "localhost", "5672"], &[]),
            (&["pg_isready", "-h", "/var/run/postgresql"], &[]),
            (&["mysqladmin", "ping", "-psecrethost", "-hdb"], &["db"]),
            (&["redis-cli", "-a", "secret", "-h", "cache", "ping"], &["cache"]),
            (&["mongosh", "--host", "mongo-0.db", "--eval", "db.adminCommand('ping')"], &["mongo-0.db"]),
            (&["mongosh", "--quiet", "mongodb://mongo.db:27017/admin", "--eval", "1"], &["mongo.db"]),
            (&["mongosh", "--eval", "db.hello()"], &[]),
            (&["ping", "-c", "1", "example.com"], &["example.com"]),
            (&["/app/check", "http://db.shop/"], &[]),
        ] {
            assert_eq!(only(words).hosts, hosts, "{words:?}");
        }
    }

    #[test]
    fn retries_are_read_from_options() {
        for (words, retries) in [
            (&["wget", "--tries=3", "http://localhost/"][..], true),
            (&["wget", "-t", "inf", "http://localhost/"], true),
            (&["wget", "--tries", "1", "http://localhost/"], false),
            (&["wget", "http://localhost/"], false),
            (&["curl", "--retry", "2", "localhost"], true),
            (&["curl", "--retry=0", "localhost"], false),
            (&["curl", "--retry", "$N", "localhost"], false),
        ] {
            assert_eq!(only(words).retries, retries, "{words:?}");
        }
    }

    #[test]
    fn limits_of_a_sequence_add_up() {
        for (script, millis) in [
            ("curl -m 3 localhost:1 && curl -m 3 localhost:2", 6_000),
            ("sleep 3; curl -m 1 localhost", 4_000),
            ("if curl -m 5 localhost; then exit 0; else exit 1; fi", 5_000),
            ("if test -e /a; then curl -m 3 localhost; else curl -m 4 localhost; fi", 4_000),
            ("for i in 1 2 3; do curl -m 2 localhost && exit 0; done; exit 1", 6_000),
            ("exec timeout 2 curl -m 5 localhost", 2_000),
            ("/app/check; curl -m 1 localhost", 1_000),
            ("/app/check", 0),
            ("until curl -m 1 localhost; do sleep 1; done", 0),
        ] {
            assert_eq!(Calls::of(&["sh", "-c", script]).limit_millis, millis, "{script}");
        }
        let limited = Calls::of(&["timeout", "9", "sh", "-c", "until curl -m 1 localhost; do sleep 1; done"]);
        assert_eq!(limited.limit_millis, 9_000);
    }

    #[test]
    fn loops_that_try_again_are_retries() {
        for (script, retries) in [
            ("for i in 1 2 3; do curl localhost && exit 0; done; exit 1", true),
            ("until nc -z localhost 80\ndo\nsleep 1\ndone", true),
            ("while ! curl localhost; do sleep 1; done", true),
            ("for p in nginx php-fpm; do pgrep $p >/dev/null || exit 1; done", false),
            ("for p in a b; do pgrep \"${p}\" || exit 1; done", false),
            ("while read pid; do kill -0 $pid || exit 1; done </run/pids", false),
            ("if a; then b; fi", false),
            ("echo waiting for what is not done", false),
        ] {
            assert_eq!(Calls::of(&["sh", "-c", script]).retries, retries, "{script}");
        }
        assert!(!Calls::of(&[]).retries);
    }

    #[test]
    fn loopback_names_and_addresses_are_recognized() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "0.0.0.0"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["127.example.com", "10.0.0.1", "db", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
