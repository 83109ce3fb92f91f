//! What a store, or what stands in front of it, does to requests.

use super::dice::Dice;
use s3_server::{Fault, Nth, Op};

/// A fault, and the calls that it is for.
pub(crate) type Planned = (Op, Nth, Fault);

const PAGE: &str = "<html><body><h1>Gateway</h1></body></html>";
const INTERNAL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>";
/// Statuses of gateways, proxies and firewalls.
const FOREIGN: [u16; 9] = [403, 404, 405, 499, 502, 503, 504, 520, 599];
const GARBLED: [&str; 4] = [
    "",
    "\u{1}\u{2}garbage\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n<?xml version=",
    "HTTP/1.1 2",
];

#[derive(Clone, Copy)]
enum Kind {
    Refused,
    Throttled,
    Conflict,
    Precondition,
    Bare,
    Page,
    InternalAfterEffect,
    Reset,
    NeverAnswer,
    ActThenNeverAnswer,
    NeverRead,
    MidBody,
    Early,
    Dripped,
    Delayed,
    Garbled,
    Late,
    Forgotten,
    OkWithError,
    NoEtag,
    WrongChecksum,
}

const WRITES: [(u32, Kind); 18] = [
    (4, Kind::Refused),
    (3, Kind::Throttled),
    (1, Kind::Precondition),
    (6, Kind::Bare),
    (4, Kind::Page),
    (2, Kind::InternalAfterEffect),
    (6, Kind::Reset),
    (2, Kind::NeverAnswer),
    (4, Kind::ActThenNeverAnswer),
    (1, Kind::NeverRead),
    (3, Kind::MidBody),
    (2, Kind::Early),
    (4, Kind::Dripped),
    (4, Kind::Delayed),
    (4, Kind::Garbled),
    (6, Kind::Late),
    (1, Kind::NoEtag),
    (1, Kind::WrongChecksum),
];
const READS: [(u32, Kind); 7] = [
    (4, Kind::Refused),
    (3, Kind::Throttled),
    (3, Kind::Bare),
    (3, Kind::Reset),
    (1, Kind::NeverAnswer),
    (3, Kind::Delayed),
    (3, Kind::Garbled),
];

fn kind(dice: &mut Dice, op: Op) -> Kind {
    let only = |kinds: &[(u32, Kind)], with: &[(u32, Kind)]| [kinds, with].concat();
    match op {
        Op::CompleteMultipartUpload => dice.weighed(&only(
            &WRITES,
            &[
                (4, Kind::OkWithError),
                (3, Kind::Forgotten),
                (1, Kind::Conflict),
            ],
        )),
        Op::UploadPart | Op::AbortMultipartUpload => {
            dice.weighed(&only(&WRITES, &[(2, Kind::Forgotten)]))
        }
        Op::PutObject | Op::CreateMultipartUpload => dice.weighed(&WRITES),
        _ => dice.weighed(&READS),
    }
}

/// A fault of an operation. None of them lies about what S3 itself would not lie about: a 2xx to
/// Abort is true, and what S3 refuses in its own words is not carried out.
pub(crate) fn fault(dice: &mut Dice, op: Op) -> Fault {
    let act = dice.percent(60);
    let is_abort = op == Op::AbortMultipartUpload;
    match kind(dice, op) {
        Kind::Refused => Fault::internal_error(),
        Kind::Throttled => Fault::slow_down(),
        Kind::Conflict => Fault::status(409, "ConditionalRequestConflict"),
        Kind::Precondition => Fault::status(412, "PreconditionFailed"),
        // An answer without a body that says 404 to a HEAD is S3's own: there is no object.
        Kind::Bare if op == Op::HeadObject => Fault::bare(false, dice.among(&[403, 502, 504])),
        Kind::Bare if is_abort => Fault::bare(act, dice.among(&[403, 405, 502, 503, 504])),
        Kind::Bare if op == Op::ListParts => Fault::bare(false, dice.among(&[403, 502, 504])),
        Kind::Bare => Fault::bare(act, dice.among(&FOREIGN)),
        Kind::Page => Fault::Instead {
            act,
            status: if is_abort {
                502
            } else {
                dice.among(&[200, 502, 504, 403])
            },
            body: PAGE.to_owned(),
        },
        Kind::InternalAfterEffect => Fault::Instead {
            act: true,
            status: 500,
            body: INTERNAL.to_owned(),
        },
        Kind::Reset => Fault::ActThenReset,
        Kind::NeverAnswer => Fault::NeverAnswer,
        Kind::ActThenNeverAnswer => Fault::ActThenNeverAnswer,
        Kind::NeverRead => Fault::NeverRead,
        Kind::MidBody => {
            let bytes = dice.number(0..100_000);
            dice.among(&[Fault::ResetMidBody(bytes), Fault::CloseMidBody(bytes)])
        }
        Kind::Early => Fault::status_early(dice.among(&[403, 500]), "InternalError"),
        Kind::Dripped => Fault::Dripped(dice.millis(1..15)),
        Kind::Delayed => Fault::Delay(dice.millis(5..400)),
        Kind::Garbled => Fault::Garbled {
            act,
            bytes: dice.among(&GARBLED).to_owned(),
        },
        // What is created late can't be named by anybody.
        Kind::Late if op == Op::CreateMultipartUpload => Fault::ActThenReset,
        Kind::Late => Fault::Late {
            status: dice.among(&[None, Some(502), Some(504), Some(403)]),
            after: dice.millis(50..1000),
        },
        Kind::Forgotten => Fault::ForgetUpload,
        Kind::OkWithError => Fault::OkWithErrorBody {
            code: dice
                .among(&["InternalError", "SlowDown", "AccessDenied"])
                .to_owned(),
        },
        Kind::NoEtag => dice.among(&[Fault::NoEtag, Fault::EmptyEtag]),
        Kind::WrongChecksum => Fault::WrongChecksum,
    }
}

/// The calls that a fault is for: mostly the first, sometimes a later one, seldom all.
pub(crate) fn calls(dice: &mut Dice) -> Nth {
    dice.weighed(&[
        (10, Nth::Call(1)),
        (3, Nth::Call(2)),
        (2, Nth::Call(3)),
        (2, Nth::From(1)),
        (1, Nth::From(2)),
    ])
}

/// A planned fault of one of these operations.
pub(crate) fn planned(dice: &mut Dice, ops: &[Op]) -> Planned {
    let op = dice.among(ops);
    (op, calls(dice), fault(dice, op))
}

/// Faults of an answer that is lost though the request is carried out.
pub(crate) fn lost(dice: &mut Dice, op: Op) -> Planned {
    let status = dice.among(&FOREIGN);
    let lost = [
        Fault::ActThenReset,
        Fault::ActThenReset,
        Fault::ActThenNeverAnswer,
        Fault::bare(true, status),
        Fault::Garbled {
            act: true,
            bytes: dice.among(&GARBLED).to_owned(),
        },
        Fault::Instead {
            act: true,
            status: dice.among(&[200, 502, 504]),
            body: PAGE.to_owned(),
        },
        Fault::Late {
            status: dice.among(&[None, Some(504)]),
            after: dice.millis(50..1000),
        },
    ];
    let mut fault = dice.among(&lost);
    if op == Op::CreateMultipartUpload && matches!(fault, Fault::Late { .. }) {
        fault = Fault::ActThenReset;
    }
    (op, calls(dice), fault)
}
