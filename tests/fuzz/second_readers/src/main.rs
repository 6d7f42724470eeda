//! The official crates as second readers: a line of what to read on standard input, a line of what
//! was read on standard output.
//!
//!     tx HEX           -> ok LENGTH TXID | no
//!     address TEXT     -> ok NETWORK KIND DATA | no
//!     message ID HEX   -> ok HEX | no | unknown      (of SV2, plain frames' payloads)

use std::io::{BufRead, Cursor, Write};
use std::panic::catch_unwind;

use binary_sv2::{from_bytes, to_bytes};
use zcash_address::{ConversionError, TryFromAddress, ZcashAddress};
use zcash_primitives::transaction::Transaction;
use zcash_protocol::consensus::{BranchId, NetworkType};

fn transaction(hex_bytes: &str) -> String {
    let bytes = hex::decode(hex_bytes).expect("hexadecimal digits");
    let mut cursor = Cursor::new(&bytes[..]);
    match Transaction::read(&mut cursor, BranchId::Nu7) {
        Ok(tx) => format!("ok {} {}", cursor.position(), hex::encode(tx.txid().as_ref())),
        Err(_) => "no".into(),
    }
}

/// What kind an address is, and the bytes behind it.
struct Kind(NetworkType, &'static str, Vec<u8>);

type Read = Result<Kind, ConversionError<&'static str>>;

impl TryFromAddress for Kind {
    type Error = &'static str;

    fn try_from_sprout(net: NetworkType, _: [u8; 64]) -> Read {
        Ok(Kind(net, "sprout", vec![]))
    }
    fn try_from_sapling(net: NetworkType, data: [u8; 43]) -> Read {
        Ok(Kind(net, "sapling", data.to_vec()))
    }
    fn try_from_unified(net: NetworkType, _: zcash_address::unified::Address) -> Read {
        Ok(Kind(net, "unified", vec![]))
    }
    fn try_from_transparent_p2pkh(net: NetworkType, data: [u8; 20]) -> Read {
        Ok(Kind(net, "p2pkh", data.to_vec()))
    }
    fn try_from_transparent_p2sh(net: NetworkType, data: [u8; 20]) -> Read {
        Ok(Kind(net, "p2sh", data.to_vec()))
    }
    fn try_from_tex(net: NetworkType, data: [u8; 20]) -> Read {
        Ok(Kind(net, "tex", data.to_vec()))
    }
}

fn address(text: &str) -> String {
    let read = ZcashAddress::try_from_encoded(text).map(|address| address.convert::<Kind>());
    match read {
        Ok(Ok(Kind(net, kind, data))) => {
            let network = match net {
                NetworkType::Main => "main",
                NetworkType::Test => "test",
                NetworkType::Regtest => "regtest",
            };
            format!("ok {network} {kind} {}", hex::encode(data))
        }
        _ => "no".into(),
    }
}

macro_rules! messages {
    ($id:expr, $bytes:expr, $($number:literal => $type:path),* $(,)?) => {
        match $id {
            $($number => match from_bytes::<$type>($bytes) {
                Ok(value) => match to_bytes(value) {
                    Ok(again) => format!("ok {}", hex::encode(again)),
                    Err(_) => "no".into(),
                },
                Err(_) => "no".into(),
            },)*
            _ => "unknown".to_string(),
        }
    };
}

fn message(rest: &str) -> String {
    let (id, payload) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut bytes = hex::decode(payload).expect("hexadecimal digits");
    use common_messages_sv2 as common;
    use mining_sv2 as mining;
    messages!(
        id.parse::<u8>().expect("a number"), &mut bytes,
        0x00 => common::SetupConnection,
        0x01 => common::SetupConnectionSuccess,
        0x02 => common::SetupConnectionError,
        0x04 => common::Reconnect,
        0x10 => mining::OpenStandardMiningChannel,
        0x11 => mining::OpenStandardMiningChannelSuccess,
        0x12 => mining::OpenMiningChannelError,
        0x13 => mining::OpenExtendedMiningChannel,
        0x14 => mining::OpenExtendedMiningChannelSuccess,
        0x16 => mining::UpdateChannel,
        0x17 => mining::UpdateChannelError,
        0x18 => mining::CloseChannel,
        0x19 => mining::SetExtranoncePrefix,
        0x1a => mining::SubmitSharesStandard,
        0x1b => mining::SubmitSharesExtended,
        0x1c => mining::SubmitSharesSuccess,
        0x1d => mining::SubmitSharesError,
        0x21 => mining::SetTarget,
        0x25 => mining::SetGroupChannel,
    )
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of text");
        let (kind, rest) = line.split_once(' ').unwrap_or((&line, ""));
        // A panic is the other reader's fault; it is told apart from a refusal.
        let answer = catch_unwind(|| match kind {
            "tx" => transaction(rest),
            "address" => address(rest),
            "message" => message(rest),
            _ => "unknown".into(),
        });
        writeln!(out, "{}", answer.unwrap_or_else(|_| "panic".into())).expect("a reader");
        out.flush().expect("a reader");
    }
}
