//! What a scalar means: the rules of YAML 1.1 as the decoder behind kubectl and the API server has them
//! (`sigs.k8s.io/yaml` over go-yaml v2), which then makes JSON of the result.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use crate::error::ReadErrorKind;

/// What YAML's own tags begin with.
pub(crate) const CORE: &str = "tag:yaml.org,2002:";

/// True for the tag of a merge key.
pub(crate) fn is_merge(tag: &str) -> bool {
    tag == "!" || tag.strip_prefix(CORE) == Some("merge")
}

/// The value of a scalar, given without its quotes.
pub(crate) fn resolve(text: &str, plain: bool, tag: Option<&str>) -> Result<Value, ReadErrorKind> {
    let Some(tag) = tag else {
        return if plain { plain_value(text) } else { Ok(Value::from(text)) };
    };
    let Some(tag) = tag.strip_prefix(CORE) else { return Ok(Value::from(text)) };
    let wrong = |tag| ReadErrorKind::Tag { tag };
    match tag {
        "int" => match classify(text) {
            Plain::Integer(number) => Ok(Value::Number(number)),
            _ => Err(wrong("!!int")),
        },
        "float" => match classify(text) {
            Plain::Integer(number) => Ok(Value::Number(number)),
            Plain::Float(float) => number(float, text),
            _ => Err(wrong("!!float")),
        },
        "bool" => match classify(text) {
            Plain::Bool(bool) => Ok(Value::Bool(bool)),
            _ => Err(wrong("!!bool")),
        },
        "null" => match classify(text) {
            Plain::Null => Ok(Value::Null),
            _ => Err(wrong("!!null")),
        },
        "binary" => {
            let joined: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
            let bytes = STANDARD.decode(joined).map_err(|_| wrong("!!binary"))?;
            Ok(Value::from(String::from_utf8_lossy(&bytes)))
        }
        _ => Ok(Value::from(text)),
    }
}

fn plain_value(text: &str) -> Result<Value, ReadErrorKind> {
    match classify(text) {
        Plain::Null => Ok(Value::Null),
        Plain::Bool(bool) => Ok(Value::Bool(bool)),
        Plain::Integer(number) => Ok(Value::Number(number)),
        Plain::Float(float) => number(float, text),
        Plain::Text => Ok(Value::from(text)),
    }
}

/// The key of a mapping, which JSON wants as a string.
pub(crate) fn key(text: &str, plain: bool, tag: Option<&str>) -> Result<String, ReadErrorKind> {
    if plain
        && tag.is_none()
        && let Plain::Float(float) = classify(text)
    {
        return Ok(float_key(float));
    }
    key_of(resolve(text, plain, tag)?)
}

/// The key that a value makes.
pub(crate) fn key_of(value: Value) -> Result<String, ReadErrorKind> {
    match value {
        Value::String(text) => Ok(text),
        Value::Bool(bool) => Ok(if bool { "true" } else { "false" }.to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Err(ReadErrorKind::KeyNull),
        Value::Array(_) | Value::Object(_) => Err(ReadErrorKind::KeyNotScalar),
    }
}

/// Go's `FormatFloat(_, 'g', -1, 32)`.
fn float_key(float: f64) -> String {
    let narrow = float as f32;
    if float.is_nan() {
        return ".nan".to_owned();
    }
    if narrow.is_infinite() {
        return if float < 0.0 { "-.inf" } else { ".inf" }.to_owned();
    }
    let scientific = format!("{narrow:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return narrow.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// What an unquoted scalar looks like.
enum Plain {
    Null,
    Bool(bool),
    Integer(Number),
    Float(f64),
    Text,
}

/// True when the text, unquoted, is a string to this reader.
pub(crate) fn is_text(text: &str) -> bool {
    matches!(classify(text), Plain::Text)
}

fn classify(text: &str) -> Plain {
    let Some(first) = text.bytes().next() else { return Plain::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => match text {
            ".inf" | ".Inf" | ".INF" => Plain::Float(f64::INFINITY),
            ".nan" | ".NaN" | ".NAN" => Plain::Float(f64::NAN),
            _ => float(text),
        },
        b'0'..=b'9' | b'+' | b'-' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Plain::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Plain::Float(f64::NEG_INFINITY),
            _ if text.contains('_') => numeric(&text.replace('_', "")),
            _ => numeric(text),
        },
        _ => Plain::Text,
    }
}

fn word(text: &str) -> Plain {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Plain::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Plain::Bool(false),
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        _ => Plain::Text,
    }
}

fn numeric(text: &str) -> Plain {
    match integer(text) {
        Some(number) => Plain::Integer(number),
        None => float(text),
    }
}

/// An integer with Go's prefixes, among them the lone zero that makes it octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, signed, magnitude) = match text.as_bytes().first()? {
        b'-' => (true, true, text.get(1..)?),
        b'+' => (false, true, text.get(1..)?),
        _ => (false, false, text),
    };
    let (digits, radix) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (magnitude.get(2..)?, 16),
        [b'0', b'b' | b'B', ..] => (magnitude.get(2..)?, 2),
        [b'0', b'o' | b'O', ..] => (magnitude.get(2..)?, 8),
        [b'0', _, ..] => (magnitude.get(1..)?, 8),
        _ => (magnitude, 10),
    };
    // The standard library would take a second sign.
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0_i64.checked_sub_unsigned(value).map(Number::from);
    }
    if signed && value > i64::MAX.unsigned_abs() {
        return None;
    }
    Some(Number::from(value))
}

fn float(text: &str) -> Plain {
    if !looks_like_float(text.as_bytes()) {
        return Plain::Text;
    }
    match text.parse::<f64>() {
        // What is out of range is a string to Go.
        Ok(float) if float.is_finite() => Plain::Float(float),
        _ => Plain::Text,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn looks_like_float(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = |text: &[u8]| usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let mut rest = text.get(sign(text)..).unwrap_or_default();
    let whole = digits(rest);
    rest = rest.get(whole..).unwrap_or_default();
    if let Some(after) = rest.strip_prefix(b".") {
        let fraction = digits(after);
        if whole + fraction == 0 {
            return false;
        }
        rest = after.get(fraction..).unwrap_or_default();
    } else if whole == 0 {
        return false;
    }
    match rest {
        [] => true,
        [b'e' | b'E', exponent @ ..] => {
            let exponent = exponent.get(sign(exponent)..).unwrap_or_default();
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        _ => false,
    }
}

/// A float on its way through JSON: one without a fraction comes out as an integer.
fn number(float: f64, text: &str) -> Result<Value, ReadErrorKind> {
    if float.fract() == 0.0 && float.abs() < 9.0e18 {
        return Ok(Value::from(float as i64));
    }
    Number::from_f64(float).map(Value::Number).ok_or_else(|| ReadErrorKind::NotFinite(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plain(text: &str) -> Value {
        resolve(text, true, None).unwrap()
    }

    fn tagged(suffix: &str, text: &str) -> Result<Value, ReadErrorKind> {
        resolve(text, false, Some(&format!("{CORE}{suffix}")))
    }

    #[test]
    fn integers() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("1_000_000", 1_000_000),
            ("0644", 420),
            ("0o644", 420),
            ("-0644", -420),
            ("0x1F", 31),
            ("0b101", 5),
            ("-0b11", -3),
            ("08", 8),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("1.0", 1),
            ("1e3", 1000),
            ("12e03", 12000),
            ("4.", 4),
        ] {
            assert_eq!(plain(text), json!(value), "{text}");
        }
        assert_eq!(plain("18446744073709551615"), json!(u64::MAX));
    }

    #[test]
    fn floats() {
        for (text, value) in [("1.5", 1.5), (".5", 0.5), ("-.5", -0.5), ("1_0.5", 10.5), ("1e-2", 0.01), ("1e21", 1e21)]
        {
            assert_eq!(plain(text), json!(value), "{text}");
        }
        for text in [".inf", "-.INF", "+.Inf", ".nan"] {
            assert_eq!(resolve(text, true, None), Err(ReadErrorKind::NotFinite(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn words() {
        for text in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            assert_eq!(plain(text), json!(true), "{text}");
        }
        for text in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            assert_eq!(plain(text), json!(false), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Value::Null, "{text}");
        }
    }

    #[test]
    fn what_stays_text() {
        for text in [
            "yEs",
            "tRUE",
            "nULL",
            "100m",
            "1Gi",
            "1.2.3",
            "2001-12-14",
            "1:30",
            "0x",
            "0xg",
            "0b2",
            "_1",
            "-",
            "+",
            ".",
            "-.",
            "1e",
            "1e+",
            "--1",
            "+-1",
            "0x-1",
            "0-1",
            "1e999",
            "e1",
            "=",
            "<<",
            ".5.",
            "inf",
            "nan",
            "1 2",
        ] {
            assert_eq!(plain(text), json!(text), "{text}");
        }
        assert_eq!(resolve("12", false, None), Ok(json!("12")));
    }

    #[test]
    fn tags() {
        assert_eq!(tagged("str", "12"), Ok(json!("12")));
        assert_eq!(tagged("int", "0x10"), Ok(json!(16)));
        assert_eq!(tagged("int", "1.5"), Err(ReadErrorKind::Tag { tag: "!!int" }));
        assert_eq!(tagged("float", "2"), Ok(json!(2)));
        assert_eq!(tagged("float", "2.5"), Ok(json!(2.5)));
        assert_eq!(tagged("bool", "on"), Ok(json!(true)));
        assert_eq!(tagged("null", ""), Ok(Value::Null));
        assert!(tagged("null", "x").is_err());
        assert_eq!(tagged("binary", "aGVs\nbG8="), Ok(json!("hello")));
        assert!(tagged("binary", "?").is_err());
        assert_eq!(tagged("timestamp", "2001-12-14"), Ok(json!("2001-12-14")));
    }

    #[test]
    fn keys() {
        for (text, value) in [
            ("1", "1"),
            ("0x10", "16"),
            ("on", "true"),
            ("1.5", "1.5"),
            ("1.0", "1"),
            ("1e6", "1e+06"),
            ("1e21", "1e+21"),
            ("1e-7", "1e-07"),
            (".inf", ".inf"),
        ] {
            assert_eq!(key(text, true, None).as_deref(), Ok(value), "{text}");
        }
        assert_eq!(key("1", false, None).as_deref(), Ok("1"));
        assert_eq!(key("~", true, None), Err(ReadErrorKind::KeyNull));
    }
}
