//! A newcomer's first look: an S3 server on loopback, and a stream through s3stream into it.
//!
//!     cargo run --release --example demo            the whole round, by itself
//!     cargo run --release --example demo -- serve   only the server, for trying by hand

use anyhow::{Context as _, Result, ensure};
use s3_server::{ACCESS_KEY, REGION, SECRET_KEY, Server};
use sha2::{Digest as _, Sha256};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, ExitCode, Stdio};

/// Bytes that are sent: 300 MiB and a bit, so that the last part is a short one.
const SIZE: u64 = (300 << 20) + 12_345;
const BUCKET: &str = "demo";
const KEY: &str = "backups/stream.bin";

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next() {
        // The demo is its own s3stream, and its own producer.
        Some(word) if word == "put" => return Ok(s3stream::run(std::env::args_os())),
        Some(word) if word == "produce" => produce(|block| std::io::stdout().write_all(block))?,
        Some(word) if word == "serve" => serve()?,
        _ => demo()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn demo() -> Result<()> {
    let server = start();
    let endpoint = server.endpoint();
    let me = std::env::current_exe()?;
    println!("An S3 server listens on {endpoint}. Now, what a backup script would do:\n");
    println!("  PRODUCER | s3stream put --endpoint-url {endpoint} {BUCKET}/{KEY}\n");
    let mut producer = Command::new(&me)
        .arg("produce")
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = producer
        .stdout
        .take()
        .context("the producer has no output")?;
    let status = Command::new(&me)
        .args([
            "put",
            "--endpoint-url",
            &endpoint,
            "--output",
            "json",
            &format!("{BUCKET}/{KEY}"),
        ])
        .envs([
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ])
        .env("AWS_REGION", REGION)
        .env("NO_PROXY", "127.0.0.1")
        .stdin(stdin)
        .status()?;
    ensure!(status.success(), "s3stream failed: {status}");
    ensure!(producer.wait()?.success(), "the producer failed");

    let mut sent = Sha256::new();
    produce(|block| {
        sent.update(block);
        Ok(())
    })?;
    let (size, stored) = read_back(&server)?;
    ensure!(
        size == SIZE && stored == sent.finalize().as_slice(),
        "the object is not what was sent"
    );
    println!("\nRead back: {size} bytes, byte-equal with what was sent (by SHA-256).");
    println!("\nTo try it by hand, keep the same server running in another terminal:");
    println!("  cargo run --release --example demo -- serve");
    Ok(())
}

fn serve() -> Result<()> {
    let server = start();
    println!("export AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY}");
    println!(
        "export AWS_REGION={REGION} AWS_ENDPOINT_URL_S3={}",
        server.endpoint()
    );
    println!("# in another terminal, after these two lines:");
    println!("#   date | cargo run --release -- put -v {BUCKET}/hello");
    println!("# the bucket is {BUCKET:?}; objects live until this ends: Enter or Ctrl-C");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

fn start() -> Server {
    let server = Server::builder().allow_anonymous(true).start();
    server.create_bucket(BUCKET);
    server
}

/// Gives `SIZE` bytes that look random and are the same each time.
fn produce(mut write: impl FnMut(&[u8]) -> std::io::Result<()>) -> Result<()> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut block = vec![0; 64 << 10];
    let mut left = SIZE;
    while left > 0 {
        for word in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
        write(&block[..take])?;
        left -= take as u64;
    }
    Ok(())
}

/// Size and SHA-256 of the object, by a plain GET.
fn read_back(server: &Server) -> Result<(u64, Vec<u8>)> {
    let mut socket = TcpStream::connect(server.address())?;
    write!(
        socket,
        "GET /{BUCKET}/{KEY} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = BufReader::new(socket);
    let mut line = String::new();
    answer.read_line(&mut line)?;
    ensure!(line.contains(" 200 "), "GET was answered with {line}");
    while line != "\r\n" {
        line.clear();
        answer.read_line(&mut line)?;
    }
    let mut sum = Sha256::new();
    let mut size = 0;
    let mut block = vec![0; 64 << 10];
    loop {
        match answer.read(&mut block)? {
            0 => break Ok((size, sum.finalize().to_vec())),
            n => {
                sum.update(&block[..n]);
                size += n as u64;
            }
        }
    }
}
