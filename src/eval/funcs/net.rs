//! Functions of IP networks.

use std::net::{Ipv4Addr, Ipv6Addr};

use num_bigint::{BigInt, Sign};
use num_traits::{ToPrimitive, Zero};

use super::text::{STRING, string, text, whole_arg};
use super::{Call, FnError, Function, Param, Returns, Want};
use crate::value::{Number, Type, Value};

pub(super) const FAMILY: &[Function] = &[CIDRHOST, CIDRNETMASK, CIDRSUBNET, CIDRSUBNETS];

const PREFIX: Param = Param::new("prefix", Want::String);

/// `cidrhost(prefix, hostnum)` is an address within a network; negative numbers count from its end.
const CIDRHOST: Function = Function {
    name: "cidrhost",
    params: &[PREFIX, Param::new("hostnum", Want::Number)],
    run: cidrhost,
    ..STRING
};

/// `cidrnetmask(prefix)` is the mask of an IPv4 network.
const CIDRNETMASK: Function = Function { name: "cidrnetmask", params: &[PREFIX], run: cidrnetmask, ..STRING };

/// `cidrsubnet(prefix, newbits, netnum)` is a network within a network.
const CIDRSUBNET: Function = Function {
    name: "cidrsubnet",
    params: &[PREFIX, Param::new("newbits", Want::Number), Param::new("netnum", Want::Number)],
    run: cidrsubnet,
    ..STRING
};

/// `cidrsubnets(prefix, newbits...)` is a list of networks that follow one another.
const CIDRSUBNETS: Function = Function {
    name: "cidrsubnets",
    params: &[PREFIX],
    rest: Some(Param::new("newbits", Want::Number)),
    returns: Returns::Always(Want::ListString),
    run: cidrsubnets,
    ..STRING
};

fn cidrhost(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let host = big(&args[1])?;
    let network = Network::parse(string(&args[0])).map_err(FnError::new)?;
    let last = (BigInt::from(1u8) << (network.bits() - network.length)) - 1u8;
    // NOTE: only the low 64 bits of a number are compared, as Terraform does.
    let (number, compared) = if host.sign() == Sign::Minus {
        (&last + &host + 1u8, -&host - 1u8)
    } else {
        (host.clone(), BigInt::from(low_bits(&host) as i64))
    };
    if compared > last {
        return Err(FnError::new(format!(
            "prefix of {} does not accommodate a host numbered {number}",
            network.length
        )));
    }
    // NOTE: Terraform takes an IPv6 address that maps one of IPv4 for 32 bits long here.
    let shift = if network.maps_v4() { 96 } else { 0 };
    Ok(text(network.with(&number, shift)?.address_text()))
}

fn cidrnetmask(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let prefix = string(&args[0]);
    let network = Network::parse(prefix).map_err(FnError::new)?;
    if network.v6 && !network.maps_v4() {
        return Err(FnError::new(format!("IPv6 addresses cannot have a netmask: {prefix}")));
    }
    Ok(text(Network { address: network.mask(), ..network }.address_text()))
}

fn cidrsubnet(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let (new_bits, number) = (whole_arg(&args[1])?, big(&args[2])?);
    let network = Network::parse(string(&args[0])).map_err(FnError::new)?;
    let length = i64::from(network.length).saturating_add(new_bits);
    if length > i64::from(network.bits()) {
        return Err(FnError::new(format!(
            "insufficient address space to extend prefix of {} by {new_bits}",
            network.length
        )));
    }
    // NOTE: a shift by 64 or more, negative numbers of bits included, leaves nothing; and again only 64 bits count.
    let highest = u32::try_from(new_bits).ok().and_then(|n| 1u64.checked_shl(n)).unwrap_or(0).wrapping_sub(1);
    if low_bits(&number) > highest {
        return Err(FnError::new(format!(
            "prefix extension of {new_bits} does not accommodate a subnet numbered {number}"
        )));
    }
    let Ok(length) = u32::try_from(length) else {
        return Err(FnError::new(format!("a prefix cannot have {length} bits")));
    };
    let subnet = network.with(&number, network.bits() - length)?;
    Ok(text(Network { length, ..subnet }.to_string()))
}

fn cidrsubnets(_: &Call<'_>, args: &[Value]) -> Result<Value, FnError> {
    let network = Network::parse(string(&args[0])).map_err(|e| FnError::arg(0, e))?;
    if network.maps_v4() {
        // NOTE: Terraform mixes up the two forms of such an address here.
        return Err(FnError::new("panic in function implementation: Unsupported address length 0"));
    }
    let extensions = &args[1..];
    let Some(first) = extensions.first() else {
        return Ok(Value::list(Type::String, Vec::new()));
    };
    let first = whole_arg(first).map_err(|e| FnError::arg(1, e.message))?;
    // What lies before the network; before address 0 lies the end of all addresses, after which there is nothing.
    let before = network.address.wrapping_sub(1) & network.highest();
    let first_length = u32::try_from(i64::from(network.length).saturating_add(first)).unwrap_or(0);
    let mut current =
        Network { address: before, length: first_length.min(network.bits()), ..network }.masked();
    let mut subnets = Vec::with_capacity(extensions.len());
    for (i, extension) in extensions.iter().enumerate() {
        let fail = |message: String| Err(FnError::arg(i + 1, message));
        let extension = whole_arg(extension).map_err(|e| FnError::arg(i + 1, e.message))?;
        if extension < 1 {
            return fail("must extend prefix by at least one bit".into());
        }
        if extension > 32 {
            return fail("may not extend prefix by more than 32 bits".into());
        }
        let length = network.length + extension as u32;
        if length > network.bits() {
            let protocol = if network.v6 { "IPv6" } else { "IPv4" };
            return fail(format!(
                "would extend prefix to {length} bits, which is too long for an {protocol} address"
            ));
        }
        let taken = Network { address: current.last(), length, ..network }.masked();
        let next = taken.last().wrapping_add(1) & network.highest();
        let next = Network { address: next, ..taken }.masked();
        if taken.last() == network.highest() || !network.contains(next.address) {
            return fail(format!(
                "not enough remaining address space for a subnet with a prefix of {length} bits after {current}"
            ));
        }
        subnets.push(text(next.to_string()));
        current = next;
    }
    Ok(Value::list(Type::String, subnets))
}

fn big(value: &Value) -> Result<BigInt, FnError> {
    let number = value.as_number().and_then(Number::as_bigint);
    number.ok_or_else(|| FnError::new("value must be a whole number"))
}

/// Returns the low 64 bits of the magnitude.
fn low_bits(number: &BigInt) -> u64 {
    number.magnitude().iter_u64_digits().next().unwrap_or(0)
}

/// An address with a length of prefix; IPv4 in the low 32 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Network {
    v6: bool,
    address: u128,
    length: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`; host bits are cleared, leading zeros are decimal all the same.
    fn parse(s: &str) -> Result<Network, String> {
        let invalid = || format!("invalid CIDR expression: invalid CIDR address: {s}");
        let (address, length) = s.split_once('/').ok_or_else(invalid)?;
        let (v6, address) = match v4(address) {
            Some(address) => (false, u128::from(address)),
            None => (true, v6(address).ok_or_else(invalid)?),
        };
        let bits = if v6 { 128 } else { 32 };
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        let length = length.parse().ok().filter(|n: &u32| digits && *n <= bits).ok_or_else(invalid)?;
        Ok(Network { v6, address, length }.masked())
    }

    fn masked(self) -> Network {
        Network { address: self.address & self.mask(), ..self }
    }

    /// True for `::ffff:0:0/96` and what lies within.
    fn maps_v4(self) -> bool {
        self.v6 && self.address >> 32 == 0xffff
    }

    fn bits(self) -> u32 {
        if self.v6 { 128 } else { 32 }
    }

    fn highest(self) -> u128 {
        if self.v6 { u128::MAX } else { u128::from(u32::MAX) }
    }

    fn mask(self) -> u128 {
        let hosts = 1u128.checked_shl(self.bits() - self.length).map_or(u128::MAX, |n| n - 1);
        self.highest() & !hosts
    }

    fn last(self) -> u128 {
        self.address | self.highest() & !self.mask()
    }

    fn contains(self, address: u128) -> bool {
        address & self.mask() == self.address
    }

    /// Puts a number, shifted to the left, into the address.
    fn with(self, number: &BigInt, shift: u32) -> Result<Network, FnError> {
        let combined = BigInt::from(self.address) | (number << shift);
        match combined.magnitude().to_u128().filter(|address| *address <= self.highest()) {
            Some(address) => Ok(Network { address, ..self }),
            None => Err(FnError::new("panic in function implementation: runtime error: index out of range")),
        }
    }

    fn address_text(self) -> String {
        if self.v6 { v6_text(self.address) } else { Ipv4Addr::from(self.address as u32).to_string() }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = if self.maps_v4() { self.length.saturating_sub(96) } else { self.length };
        write!(f, "{}/{length}", self.address_text())
    }
}

/// Writes as Go does: an address that maps one of IPv4 as that one, and no other dots.
fn v6_text(address: u128) -> String {
    if address >> 32 == 0xffff {
        return Ipv4Addr::from(address as u32).to_string();
    }
    let segments = Ipv6Addr::from(address).segments();
    // The longest run of zeros, of two or more, the first of equals.
    let (mut best, mut run) = (0..0, 0..0);
    for (i, segment) in segments.iter().enumerate() {
        if !segment.is_zero() {
            continue;
        }
        run = if run.end == i { run.start..i + 1 } else { i..i + 1 };
        if run.len() > best.len() && run.len() > 1 {
            best = run.clone();
        }
    }
    let join = |part: &[u16]| part.iter().map(|s| format!("{s:x}")).collect::<Vec<_>>().join(":");
    if best.is_empty() {
        return join(&segments);
    }
    format!("{}::{}", join(&segments[..best.start]), join(&segments[best.end..]))
}

/// Reads four decimal numbers; leading zeros do not matter.
fn v4(s: &str) -> Option<u32> {
    let byte = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<u8>().ok())?
    };
    let bytes: Vec<u8> = s.split('.').map(byte).collect::<Option<_>>()?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Reads groups of hexadecimal digits, one `::`, and dots in the last group; leading zeros do not matter.
fn v6(s: &str) -> Option<u128> {
    let groups = |s: &str, last: bool| -> Option<Vec<u16>> {
        if s.is_empty() {
            return Some(Vec::new());
        }
        let mut groups = Vec::new();
        let count = s.split(':').count();
        for (i, part) in s.split(':').enumerate() {
            if last && i + 1 == count && part.contains('.') {
                let address = v4(part)?;
                groups.extend([(address >> 16) as u16, address as u16]);
                continue;
            }
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit());
            let significant = part.trim_start_matches('0');
            if !digits || significant.len() > 4 {
                return None;
            }
            groups.push(if significant.is_empty() {
                0
            } else {
                u16::from_str_radix(significant, 16).ok()?
            });
        }
        Some(groups)
    };
    let all = match s.split_once("::") {
        Some((left, right)) => {
            let (left, right) = (groups(left, false)?, groups(right, true)?);
            // The colons stand for one group at least.
            let missing = 8usize.checked_sub(left.len() + right.len()).filter(|n| *n > 0)?;
            [left, vec![0; missing], right].concat()
        }
        None => groups(s, true)?,
    };
    let segments: [u16; 8] = all.try_into().ok()?;
    Some(u128::from(Ipv6Addr::from(segments)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::funcs::testing::check;

    #[test]
    fn hosts_are_counted_from_either_end() {
        check(r#"cidrhost("10.1.2.240/28", 1)"#, r#""10.1.2.241""#);
        check(r#"cidrhost("010.001.0.9/24", -1)"#, r#""10.1.0.255""#);
        check(r#"cidrhost("fd00:fd12:3456:7890::/56", 16)"#, r#""fd00:fd12:3456:7800::10""#);
        check(r#"cidrhost("10.0.0.0/32", 0)"#, r#""10.0.0.0""#);
        check(r#"cidrhost("10.0.0.0/30", 4)"#, "error: prefix of 30 does not accommodate a host numbered 4.");
        check(r#"cidrhost("10.0.0.0", 1)"#, "error: invalid CIDR address: 10.0.0.0.");
        check(r#"cidrhost("10.0.0.0/8", 1.5)"#, "error: value must be a whole number.");
        check(r#"cidrhost("10.0.0.0/8", local.un)"#, "?string!");
        check(r#"cidrhost(local.us, 1)"#, "?string!");
        check(r#"cidrhost(null, 1)"#, "error: argument must not be null.");
        check(r#"cidrhost("", 1)"#, "error: invalid CIDR address: .");
        check(r#"cidrhost(sensitive("10.0.0.0/8"), 1)"#, r#"sensitive("10.0.0.1")"#);
    }

    #[test]
    fn networks_are_divided() {
        check(r#"cidrsubnet("172.16.0.0/12", 4, 2)"#, r#""172.18.0.0/16""#);
        check(r#"cidrsubnet("2001:db8::/32", 32, 65536)"#, r#""2001:db8:1::/64""#);
        check(r#"cidrsubnet("10.0.0.0/8", 0, 0)"#, r#""10.0.0.0/8""#);
        check(
            r#"cidrsubnet("10.0.0.0/8", 4, 16)"#,
            "error: prefix extension of 4 does not accommodate a subnet numbered 16.",
        );
        check(
            r#"cidrsubnet("10.0.0.0/24", 9, 0)"#,
            "error: insufficient address space to extend prefix of 24 by 9.",
        );
        check(r#"cidrsubnet("10.0.0.0/8", 8, local.un)"#, "?string!");
        check(
            r#"cidrsubnets("10.1.0.0/16", 4, 8, 4)"#,
            r#"tolist(["10.1.0.0/20", "10.1.16.0/24", "10.1.32.0/20"])"#,
        );
        check(r#"cidrsubnets("10.1.0.0/16")"#, "tolist([])");
        check(r#"cidrsubnets("10.1.0.0/16", local.un)"#, "?list(string)!");
        check(r#"cidrsubnets("10.0.0.0/8", 1, 1, 1)"#, "error: with a prefix of 9 bits after 10.128.0.0/9.");
        check(r#"cidrsubnets("10.0.0.0/8", 33)"#, "error: may not extend prefix by more than 32 bits.");
        check(r#"cidrsubnets("10.0.0.0/8", 0)"#, "error: must extend prefix by at least one bit.");
        // NOTE: before address 0 lies the end of all addresses.
        check(r#"cidrsubnets("0.0.0.0/0", 8)"#, "error: with a prefix of 8 bits after 255.0.0.0/8.");
    }

    #[test]
    fn masks_are_those_of_ipv4() {
        check(r#"cidrnetmask("172.16.0.0/12")"#, r#""255.240.0.0""#);
        check(r#"cidrnetmask("1.2.3.4/0")"#, r#""0.0.0.0""#);
        check(r#"cidrnetmask("::/0")"#, "error: IPv6 addresses cannot have a netmask: ::/0.");
        check("cidrnetmask(local.us)", "?string!");
        check("cidrnetmask(null)", "error: argument must not be null.");
        check(r#"cidrnetmask(sensitive("10.0.0.0/8"))"#, r#"sensitive("255.0.0.0")"#);
    }

    #[test]
    fn addresses_of_ipv6_are_read_and_written() {
        let check = |s: &str, want: &str| {
            assert_eq!(
                Network::parse(&format!("{s}/128")).map(Network::address_text).as_deref(),
                Ok(want),
                "{s}"
            );
        };
        check("::", "::");
        check("1:0:0:2:0:0:0:3", "1:0:0:2::3");
        check("1:0:0:2:3:0:0:4", "1::2:3:0:0:4");
        check("2001:0DB8::0001", "2001:db8::1");
        check("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
        check("::1.2.3.4", "::102:304");
        check("::ffff:1.2.3.4", "1.2.3.4");
        for bad in [
            "",
            ":",
            ":::",
            "1::2::3",
            "1:2:3:4:5:6:7:8:9",
            "1:2:3:4:5:6:7",
            "12345::",
            "1:",
            "::1.2.3",
            "::g",
        ] {
            assert!(Network::parse(&format!("{bad}/128")).is_err(), "{bad}");
        }
    }
}
