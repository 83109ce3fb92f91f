
use builtin;
use str;

set edit:completion:arg-completer[s3stream] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 's3stream'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'s3stream'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand put 'Upload standard input, a file, or what a command prints, as one object'
        }
        &'s3stream;put'= {
            cand --region 'Region to sign for [default: the AWS profile''s]'
            cand --endpoint-url 'Endpoint of an S3-compatible store, http or https'
            cand --profile 'AWS profile to read [default: AWS_PROFILE, else "default"]'
            cand --addressing-style 'How the bucket is named in a request; auto: path style with a custom endpoint'
            cand --ca-bundle 'PEM file of the only certificate authorities to trust'
            cand --request-payer 'The requester pays; a DESTINATION must not follow it directly'
            cand --expected-bucket-owner 'Account that must own the bucket, sent with every request'
            cand --part-size 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view'
            cand --workers 'Parts in flight, 1 to 1024'
            cand --buffer 'Parts read ahead of the workers, 0 to 1024'
            cand --max-memory 'Most memory to hold in parts; as parts grow, fewer are in flight [default: no limit]'
            cand --max-parts 'Most parts in one upload, 1 to 10000'
            cand --expected-size 'Hint of the stream''s size, so that one part size fits'
            cand --checksum-algorithm 'Checksum sent with every part and compared with the store''s answer'
            cand --payload-signing 'Whether signatures cover the parts; auto: over http, and where it costs nothing'
            cand --limit-rate 'Most bytes to send a second [default: no limit]'
            cand --retries 'Retries of one request after its first attempt, 0 to 1000'
            cand --retry-delay 'Longest first delay before a retry; doubles with every retry'
            cand --retry-max-delay 'Longest delay before any retry'
            cand --connect-timeout 'Time for a connection to be made, TLS included'
            cand --stall-timeout 'Time without a byte moved after which a connection counts as dead'
            cand --timeout 'Time for the whole upload [default: no limit]'
            cand --content-type 'Content-Type [default: guessed from the key]'
            cand --content-encoding 'Content-Encoding, such as gzip'
            cand --content-disposition 'Content-Disposition'
            cand --content-language 'Content-Language'
            cand --cache-control 'Cache-Control'
            cand --expires 'Expires: a time such as 2030-01-31T12:00:00Z'
            cand --metadata 'User metadata; repeat it for more. A comma is part of V'
            cand --tag 'Object tag; repeat it for more, up to 10. A comma is part of V'
            cand --storage-class 'Storage class, such as STANDARD_IA'
            cand --acl 'Canned ACL'
            cand --sse 'Encryption at rest; AES256 where no type follows [default: the bucket''s]'
            cand --sse-kms-key-id 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse'
            cand --sse-kms-encryption-context 'Encryption context for --sse aws:kms: a JSON object, or base64 of one'
            cand --sse-c-key-file 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex'
            cand --object-lock-mode 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody'
            cand --object-lock-retain 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)'
            cand --website-redirect 'Redirect of a bucket website: a key with a leading /, or a URL'
            cand --size 'Exact size of the source'
            cand --min-size 'Least size of the source'
            cand --require-tail 'Must match in the last 4KiB of the source, such as ''-- Dump completed'''
            cand --progress 'How progress is shown, on standard error; auto: a bar on a terminal, else none'
            cand --progress-interval 'Time between two lines of progress'
            cand --output 'What standard output carries when the object is stored; text: its s3:// address'
            cand --no-verify-ssl 'Accept any TLS certificate (dangerous)'
            cand --no-sign-request 'Send requests without a signature, for buckets open to all'
            cand --use-accelerate-endpoint 'Use S3 Transfer Acceleration'
            cand --use-dualstack-endpoint 'Use the endpoint that answers over IPv4 and IPv6'
            cand --use-fips-endpoint 'Use the FIPS 140 endpoint'
            cand --equal-parts 'Never grow the part size; for stores that want all parts equal'
            cand --bucket-key-enabled 'Use an S3 bucket key with --sse aws:kms'
            cand --object-lock-legal-hold 'Object Lock: put a legal hold on the object'
            cand --no-overwrite 'Refuse to replace an object (If-None-Match: *)'
            cand --allow-empty 'Accept an empty stream'
            cand -q 'Show errors only'
            cand --quiet 'Show errors only'
            cand -v 'Show the log on standard error; -vv for more of it'
            cand --verbose 'Show the log on standard error; -vv for more of it'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
