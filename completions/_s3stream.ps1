
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 's3stream' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        's3stream'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        's3stream' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Upload standard input, a file, or what a command prints, as one object')
            break
        }
        's3stream;put' {
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request; auto: path style with a custom endpoint')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--part-size', '--part-size', [CompletionResultType]::ParameterName, 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Parts in flight, 1 to 1024')
            [CompletionResult]::new('--buffer', '--buffer', [CompletionResultType]::ParameterName, 'Parts read ahead of the workers, 0 to 1024')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Most memory to hold in parts; as parts grow, fewer are in flight [default: no limit]')
            [CompletionResult]::new('--max-parts', '--max-parts', [CompletionResultType]::ParameterName, 'Most parts in one upload, 1 to 10000')
            [CompletionResult]::new('--expected-size', '--expected-size', [CompletionResultType]::ParameterName, 'Hint of the stream''s size, so that one part size fits')
            [CompletionResult]::new('--checksum-algorithm', '--checksum-algorithm', [CompletionResultType]::ParameterName, 'Checksum sent with every part and compared with the store''s answer')
            [CompletionResult]::new('--payload-signing', '--payload-signing', [CompletionResultType]::ParameterName, 'Whether signatures cover the parts; auto: over http, and where it costs nothing')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Most bytes to send a second [default: no limit]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole upload [default: no limit]')
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'Content-Type [default: guessed from the key]')
            [CompletionResult]::new('--content-encoding', '--content-encoding', [CompletionResultType]::ParameterName, 'Content-Encoding, such as gzip')
            [CompletionResult]::new('--content-disposition', '--content-disposition', [CompletionResultType]::ParameterName, 'Content-Disposition')
            [CompletionResult]::new('--content-language', '--content-language', [CompletionResultType]::ParameterName, 'Content-Language')
            [CompletionResult]::new('--cache-control', '--cache-control', [CompletionResultType]::ParameterName, 'Cache-Control')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'Expires: a time such as 2030-01-31T12:00:00Z')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'User metadata; repeat it for more. A comma is part of V')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Object tag; repeat it for more, up to 10. A comma is part of V')
            [CompletionResult]::new('--storage-class', '--storage-class', [CompletionResultType]::ParameterName, 'Storage class, such as STANDARD_IA')
            [CompletionResult]::new('--acl', '--acl', [CompletionResultType]::ParameterName, 'Canned ACL')
            [CompletionResult]::new('--sse', '--sse', [CompletionResultType]::ParameterName, 'Encryption at rest; AES256 where no type follows [default: the bucket''s]')
            [CompletionResult]::new('--sse-kms-key-id', '--sse-kms-key-id', [CompletionResultType]::ParameterName, 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse')
            [CompletionResult]::new('--sse-kms-encryption-context', '--sse-kms-encryption-context', [CompletionResultType]::ParameterName, 'Encryption context for --sse aws:kms: a JSON object, or base64 of one')
            [CompletionResult]::new('--sse-c-key-file', '--sse-c-key-file', [CompletionResultType]::ParameterName, 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex')
            [CompletionResult]::new('--object-lock-mode', '--object-lock-mode', [CompletionResultType]::ParameterName, 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody')
            [CompletionResult]::new('--object-lock-retain', '--object-lock-retain', [CompletionResultType]::ParameterName, 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)')
            [CompletionResult]::new('--website-redirect', '--website-redirect', [CompletionResultType]::ParameterName, 'Redirect of a bucket website: a key with a leading /, or a URL')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'Exact size of the source')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Least size of the source')
            [CompletionResult]::new('--require-tail', '--require-tail', [CompletionResultType]::ParameterName, 'Must match in the last 4KiB of the source, such as ''-- Dump completed''')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How progress is shown, on standard error; auto: a bar on a terminal, else none')
            [CompletionResult]::new('--progress-interval', '--progress-interval', [CompletionResultType]::ParameterName, 'Time between two lines of progress')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries when the object is stored; text: its s3:// address')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('--equal-parts', '--equal-parts', [CompletionResultType]::ParameterName, 'Never grow the part size; for stores that want all parts equal')
            [CompletionResult]::new('--bucket-key-enabled', '--bucket-key-enabled', [CompletionResultType]::ParameterName, 'Use an S3 bucket key with --sse aws:kms')
            [CompletionResult]::new('--object-lock-legal-hold', '--object-lock-legal-hold', [CompletionResultType]::ParameterName, 'Object Lock: put a legal hold on the object')
            [CompletionResult]::new('--no-overwrite', '--no-overwrite', [CompletionResultType]::ParameterName, 'Refuse to replace an object (If-None-Match: *)')
            [CompletionResult]::new('--allow-empty', '--allow-empty', [CompletionResultType]::ParameterName, 'Accept an empty stream')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show errors only')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Show the log on standard error; -vv for more of it')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Show the log on standard error; -vv for more of it')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
