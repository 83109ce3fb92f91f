
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
            [CompletionResult]::new('put-many', 'put-many', [CompletionResultType]::ParameterValue, 'Upload many files, one object each, under one budget of requests and memory')
            [CompletionResult]::new('uploads', 'uploads', [CompletionResultType]::ParameterValue, 'List or abort multipart uploads that were begun and never ended')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that objects hold what files, a stream or a receipt say, without reading them')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Tell whether DESTINATION can be written to, and what its store supports')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print what a shell needs to complete the words of s3stream')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a folder, or print the main one')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version; with -v also of which commit, for which target, with which features')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        's3stream;put' {
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request [default: the AWS profile''s, else auto]')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Parts in flight, 1 to 1024; auto: as many as bring more throughput')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Most memory to hold in parts; as parts grow, fewer are in flight [default: see below]')
            [CompletionResult]::new('--expected-size', '--expected-size', [CompletionResultType]::ParameterName, 'Hint of the stream''s size, so that one part size fits')
            [CompletionResult]::new('--part-size', '--part-size', [CompletionResultType]::ParameterName, 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view')
            [CompletionResult]::new('--buffer', '--buffer', [CompletionResultType]::ParameterName, 'Parts read ahead of the workers, 0 to 1024')
            [CompletionResult]::new('--max-parts', '--max-parts', [CompletionResultType]::ParameterName, 'Most parts in one upload, 1 to 10000')
            [CompletionResult]::new('--checksum-algorithm', '--checksum-algorithm', [CompletionResultType]::ParameterName, 'Checksum sent with every part and compared with the store''s answer [default: SHA256]')
            [CompletionResult]::new('--payload-signing', '--payload-signing', [CompletionResultType]::ParameterName, 'Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Most bytes to send a second [default: no limit]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--cli-connect-timeout', '--cli-connect-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--cli-read-timeout', '--cli-read-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --stall-timeout, likewise')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run [default: no limit]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'Time for which a pipe or COMMAND may print nothing before the run fails [default: no limit]')
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'Content-Type [default: guessed from the key]')
            [CompletionResult]::new('--content-encoding', '--content-encoding', [CompletionResultType]::ParameterName, 'Content-Encoding, such as gzip')
            [CompletionResult]::new('--content-disposition', '--content-disposition', [CompletionResultType]::ParameterName, 'Content-Disposition')
            [CompletionResult]::new('--content-language', '--content-language', [CompletionResultType]::ParameterName, 'Content-Language')
            [CompletionResult]::new('--cache-control', '--cache-control', [CompletionResultType]::ParameterName, 'Cache-Control')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'Expires: a time such as 2030-01-31T12:00:00Z')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'User metadata; repeat it for more, or write K=V,K=V')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Object tag; repeat it for more, or write K=V,K=V; up to 10')
            [CompletionResult]::new('--storage-class', '--storage-class', [CompletionResultType]::ParameterName, 'Storage class, such as STANDARD_IA')
            [CompletionResult]::new('--acl', '--acl', [CompletionResultType]::ParameterName, 'Canned ACL')
            [CompletionResult]::new('--sse', '--sse', [CompletionResultType]::ParameterName, 'Encryption at rest; AES256 where no type follows [default: the bucket''s]')
            [CompletionResult]::new('--sse-kms-key-id', '--sse-kms-key-id', [CompletionResultType]::ParameterName, 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse')
            [CompletionResult]::new('--sse-kms-encryption-context', '--sse-kms-encryption-context', [CompletionResultType]::ParameterName, 'Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one')
            [CompletionResult]::new('--sse-c-key-file', '--sse-c-key-file', [CompletionResultType]::ParameterName, 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex')
            [CompletionResult]::new('--object-lock-mode', '--object-lock-mode', [CompletionResultType]::ParameterName, 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody')
            [CompletionResult]::new('--object-lock-retain', '--object-lock-retain', [CompletionResultType]::ParameterName, 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)')
            [CompletionResult]::new('--website-redirect', '--website-redirect', [CompletionResultType]::ParameterName, 'Redirect of a bucket website: a key with a leading /, or a URL')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'Exact size of the source')
            [CompletionResult]::new('--min-size', '--min-size', [CompletionResultType]::ParameterName, 'Least size of the source')
            [CompletionResult]::new('--require-tail', '--require-tail', [CompletionResultType]::ParameterName, 'Must match in the last 4KiB of the source, such as ''-- Dump completed''')
            [CompletionResult]::new('--resume', '--resume', [CompletionResultType]::ParameterName, 'Record the upload in FILE: one that broke off is left, and the same line again sends the rest')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How progress is shown, on standard error; auto: a bar on a terminal, else none')
            [CompletionResult]::new('--progress-interval', '--progress-interval', [CompletionResultType]::ParameterName, 'Time between two lines of progress')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries: json, a line of what became of each object; text, the s3:// address of each that is stored')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Write down in FILE what is stored, and how: a line of JSON an object, for verify --receipt')
            [CompletionResult]::new('--metrics-file', '--metrics-file', [CompletionResultType]::ParameterName, 'Write metrics of the run to FILE at its end, for the textfile collector of node_exporter')
            [CompletionResult]::new('--metrics-label', '--metrics-label', [CompletionResultType]::ParameterName, 'Label of all series of --metrics-file; repeat it for more, or write K=V,K=V')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('--equal-parts', '--equal-parts', [CompletionResultType]::ParameterName, 'Never grow the part size; for stores that want all parts equal')
            [CompletionResult]::new('--no-guess-mime-type', '--no-guess-mime-type', [CompletionResultType]::ParameterName, 'The aws CLI''s name for it: no Content-Type but one that is given')
            [CompletionResult]::new('--bucket-key-enabled', '--bucket-key-enabled', [CompletionResultType]::ParameterName, 'Use an S3 bucket key with --sse aws:kms')
            [CompletionResult]::new('--object-lock-legal-hold', '--object-lock-legal-hold', [CompletionResultType]::ParameterName, 'Object Lock: put a legal hold on the object')
            [CompletionResult]::new('--no-overwrite', '--no-overwrite', [CompletionResultType]::ParameterName, 'Refuse to replace an object (If-None-Match: *)')
            [CompletionResult]::new('--allow-empty', '--allow-empty', [CompletionResultType]::ParameterName, 'Accept an empty stream')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --progress none; the last of the two counts')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be uploaded, and send nothing that writes')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only errors, and what was asked for and is not there')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only errors, and what was asked for and is not there')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'The aws CLI''s name for -vv')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;put-many' {
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Read the names of files from FILE, or from standard input (-), one a line')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Leave out what matches PATTERN, which has the syntax of .gitignore')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Take what matches PATTERN though an earlier --exclude leaves it out')
            [CompletionResult]::new('--exclude-from', '--exclude-from', [CompletionResultType]::ParameterName, 'Read patterns from FILE, as if given by --exclude here; lines that begin with ! are includes')
            [CompletionResult]::new('--base-dir', '--base-dir', [CompletionResultType]::ParameterName, 'Folder that keys are relative to')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Take only share I of N, from 1/N to N/N; auto/N takes I from the batch system')
            [CompletionResult]::new('--journal', '--journal', [CompletionResultType]::ParameterName, 'Record in FILE what is done; a run with the same FILE passes over what is done and unchanged')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request [default: the AWS profile''s, else auto]')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Files and parts in flight, 1 to 1024; auto: as many as bring more throughput')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Most memory to hold in files and parts [default: 112MiB, or two parts]')
            [CompletionResult]::new('--part-size', '--part-size', [CompletionResultType]::ParameterName, 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view')
            [CompletionResult]::new('--buffer', '--buffer', [CompletionResultType]::ParameterName, 'Parts read ahead of the workers, 0 to 1024')
            [CompletionResult]::new('--max-parts', '--max-parts', [CompletionResultType]::ParameterName, 'Most parts in one upload, 1 to 10000')
            [CompletionResult]::new('--checksum-algorithm', '--checksum-algorithm', [CompletionResultType]::ParameterName, 'Checksum sent with every part and compared with the store''s answer [default: SHA256]')
            [CompletionResult]::new('--payload-signing', '--payload-signing', [CompletionResultType]::ParameterName, 'Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Most bytes to send a second [default: no limit]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--cli-connect-timeout', '--cli-connect-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--cli-read-timeout', '--cli-read-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --stall-timeout, likewise')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run [default: no limit]')
            [CompletionResult]::new('--content-type', '--content-type', [CompletionResultType]::ParameterName, 'Content-Type [default: guessed from the key]')
            [CompletionResult]::new('--content-encoding', '--content-encoding', [CompletionResultType]::ParameterName, 'Content-Encoding, such as gzip')
            [CompletionResult]::new('--content-disposition', '--content-disposition', [CompletionResultType]::ParameterName, 'Content-Disposition')
            [CompletionResult]::new('--content-language', '--content-language', [CompletionResultType]::ParameterName, 'Content-Language')
            [CompletionResult]::new('--cache-control', '--cache-control', [CompletionResultType]::ParameterName, 'Cache-Control')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'Expires: a time such as 2030-01-31T12:00:00Z')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'User metadata; repeat it for more, or write K=V,K=V')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'Object tag; repeat it for more, or write K=V,K=V; up to 10')
            [CompletionResult]::new('--storage-class', '--storage-class', [CompletionResultType]::ParameterName, 'Storage class, such as STANDARD_IA')
            [CompletionResult]::new('--acl', '--acl', [CompletionResultType]::ParameterName, 'Canned ACL')
            [CompletionResult]::new('--sse', '--sse', [CompletionResultType]::ParameterName, 'Encryption at rest; AES256 where no type follows [default: the bucket''s]')
            [CompletionResult]::new('--sse-kms-key-id', '--sse-kms-key-id', [CompletionResultType]::ParameterName, 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse')
            [CompletionResult]::new('--sse-kms-encryption-context', '--sse-kms-encryption-context', [CompletionResultType]::ParameterName, 'Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one')
            [CompletionResult]::new('--sse-c-key-file', '--sse-c-key-file', [CompletionResultType]::ParameterName, 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex')
            [CompletionResult]::new('--object-lock-mode', '--object-lock-mode', [CompletionResultType]::ParameterName, 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody')
            [CompletionResult]::new('--object-lock-retain', '--object-lock-retain', [CompletionResultType]::ParameterName, 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)')
            [CompletionResult]::new('--website-redirect', '--website-redirect', [CompletionResultType]::ParameterName, 'Redirect of a bucket website: a key with a leading /, or a URL')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How progress is shown, on standard error; auto: a bar on a terminal, else none')
            [CompletionResult]::new('--progress-interval', '--progress-interval', [CompletionResultType]::ParameterName, 'Time between two lines of progress')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries: json, a line of what became of each object; text, the s3:// address of each that is stored')
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Write down in FILE what is stored, and how: a line of JSON an object, for verify --receipt')
            [CompletionResult]::new('--metrics-file', '--metrics-file', [CompletionResultType]::ParameterName, 'Write metrics of the run to FILE at its end, for the textfile collector of node_exporter')
            [CompletionResult]::new('--metrics-label', '--metrics-label', [CompletionResultType]::ParameterName, 'Label of all series of --metrics-file; repeat it for more, or write K=V,K=V')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Walk folders')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Walk folders')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'The names of --files-from end in NUL, as those of find -print0')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'The names of --files-from end in NUL, as those of find -print0')
            [CompletionResult]::new('--follow-symlinks', '--follow-symlinks', [CompletionResultType]::ParameterName, 'Follow symbolic links inside of folders; those named as PATH always are')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of the named folder: enter no folder that another one is mounted on')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of the named folder: enter no folder that another one is mounted on')
            [CompletionResult]::new('--no-follow-symlinks', '--no-follow-symlinks', [CompletionResultType]::ParameterName, 'The aws CLI''s name for what is the default; of the two the last counts')
            [CompletionResult]::new('--allow-empty', '--allow-empty', [CompletionResultType]::ParameterName, 'Accept that no file is found at all')
            [CompletionResult]::new('--preserve-times', '--preserve-times', [CompletionResultType]::ParameterName, 'Store the time of change of each file as metadata mtime, as rclone does')
            [CompletionResult]::new('--empty-dirs', '--empty-dirs', [CompletionResultType]::ParameterName, 'Store a marker of each folder with nothing in it: an empty object whose key ends in /')
            [CompletionResult]::new('--skip-existing', '--skip-existing', [CompletionResultType]::ParameterName, 'Pass over files whose key has an object')
            [CompletionResult]::new('--skip-unchanged', '--skip-unchanged', [CompletionResultType]::ParameterName, 'Pass over files whose object has the same size and checksum')
            [CompletionResult]::new('--no-overwrite', '--no-overwrite', [CompletionResultType]::ParameterName, 'Refuse to replace an object (If-None-Match: *): its file is passed over')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first failure')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('--equal-parts', '--equal-parts', [CompletionResultType]::ParameterName, 'Never grow the part size; for stores that want all parts equal')
            [CompletionResult]::new('--no-guess-mime-type', '--no-guess-mime-type', [CompletionResultType]::ParameterName, 'The aws CLI''s name for it: no Content-Type but one that is given')
            [CompletionResult]::new('--bucket-key-enabled', '--bucket-key-enabled', [CompletionResultType]::ParameterName, 'Use an S3 bucket key with --sse aws:kms')
            [CompletionResult]::new('--object-lock-legal-hold', '--object-lock-legal-hold', [CompletionResultType]::ParameterName, 'Object Lock: put a legal hold on the object')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --progress none; the last of the two counts')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be uploaded, and send nothing that writes')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only errors, and what was asked for and is not there')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only errors, and what was asked for and is not there')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--debug', '--debug', [CompletionResultType]::ParameterName, 'The aws CLI''s name for -vv')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;uploads' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them')
            [CompletionResult]::new('abort', 'abort', [CompletionResultType]::ParameterValue, 'Abort unfinished multipart uploads that are old, or that are named by id')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        's3stream;uploads;list' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Only uploads that were begun so long ago, by the store''s clock')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request [default: the AWS profile''s, else auto]')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--cli-connect-timeout', '--cli-connect-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--cli-read-timeout', '--cli-read-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --stall-timeout, likewise')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run [default: no limit]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries [default: text; none for what is really aborted]')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;uploads;abort' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Uploads that were begun so long ago, by the store''s clock; 0s for all')
            [CompletionResult]::new('--upload-id', '--upload-id', [CompletionResultType]::ParameterName, 'The upload with this id, of the key BUCKET/KEY; may be given several times')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request [default: the AWS profile''s, else auto]')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--cli-connect-timeout', '--cli-connect-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--cli-read-timeout', '--cli-read-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --stall-timeout, likewise')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run [default: no limit]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries [default: text; none for what is really aborted]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Only say what would be aborted')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;uploads;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them')
            [CompletionResult]::new('abort', 'abort', [CompletionResultType]::ParameterValue, 'Abort unfinished multipart uploads that are old, or that are named by id')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        's3stream;uploads;help;list' {
            break
        }
        's3stream;uploads;help;abort' {
            break
        }
        's3stream;uploads;help;help' {
            break
        }
        's3stream;verify' {
            [CompletionResult]::new('--receipt', '--receipt', [CompletionResultType]::ParameterName, 'Compare with the receipt that put --receipt or put-many --receipt wrote; no source is needed')
            [CompletionResult]::new('--files-from', '--files-from', [CompletionResultType]::ParameterName, 'Read the names of files from FILE, or from standard input (-), one a line')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Leave out what matches PATTERN, which has the syntax of .gitignore')
            [CompletionResult]::new('--include', '--include', [CompletionResultType]::ParameterName, 'Take what matches PATTERN though an earlier --exclude leaves it out')
            [CompletionResult]::new('--exclude-from', '--exclude-from', [CompletionResultType]::ParameterName, 'Read patterns from FILE, as if given by --exclude here; lines that begin with ! are includes')
            [CompletionResult]::new('--base-dir', '--base-dir', [CompletionResultType]::ParameterName, 'Folder that keys are relative to')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Take only share I of N, from 1/N to N/N; auto/N takes I from the batch system')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request [default: the AWS profile''s, else auto]')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--part-size', '--part-size', [CompletionResultType]::ParameterName, 'Part size that the object was uploaded with, as a hint where the store does not tell')
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Requests in flight, of --download or over many objects, 1 to 1024; auto: as many as bring more throughput')
            [CompletionResult]::new('--max-memory', '--max-memory', [CompletionResultType]::ParameterName, 'Most memory to hold in bytes on their way, 16MiB or more [default: 40MiB]')
            [CompletionResult]::new('--limit-rate', '--limit-rate', [CompletionResultType]::ParameterName, 'Most bytes to receive a second, with --download [default: no limit]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--cli-connect-timeout', '--cli-connect-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--cli-read-timeout', '--cli-read-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --stall-timeout, likewise')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for the whole run [default: no limit]')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'Time for which a pipe or COMMAND may print nothing before the run fails [default: no limit]')
            [CompletionResult]::new('--sse-c-key-file', '--sse-c-key-file', [CompletionResultType]::ParameterName, 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'How progress is shown, on standard error; auto: a bar on a terminal, else none')
            [CompletionResult]::new('--progress-interval', '--progress-interval', [CompletionResultType]::ParameterName, 'Time between two lines of progress')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries: json, a line of what was found out about each object; text, the s3:// address of each that is equal')
            [CompletionResult]::new('--download', '--download', [CompletionResultType]::ParameterName, 'Read the object, in parallel ranges, and compare its bytes')
            [CompletionResult]::new('-r', '-r', [CompletionResultType]::ParameterName, 'Walk folders')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Walk folders')
            [CompletionResult]::new('-0', '-0', [CompletionResultType]::ParameterName, 'The names of --files-from end in NUL, as those of find -print0')
            [CompletionResult]::new('--null', '--null', [CompletionResultType]::ParameterName, 'The names of --files-from end in NUL, as those of find -print0')
            [CompletionResult]::new('--follow-symlinks', '--follow-symlinks', [CompletionResultType]::ParameterName, 'Follow symbolic links inside of folders; those named as PATH always are')
            [CompletionResult]::new('-x', '-x', [CompletionResultType]::ParameterName, 'Stay on the file system of the named folder: enter no folder that another one is mounted on')
            [CompletionResult]::new('--one-file-system', '--one-file-system', [CompletionResultType]::ParameterName, 'Stay on the file system of the named folder: enter no folder that another one is mounted on')
            [CompletionResult]::new('--no-follow-symlinks', '--no-follow-symlinks', [CompletionResultType]::ParameterName, 'The aws CLI''s name for what is the default; of the two the last counts')
            [CompletionResult]::new('--allow-empty', '--allow-empty', [CompletionResultType]::ParameterName, 'Accept that no file is found at all')
            [CompletionResult]::new('--empty-dirs', '--empty-dirs', [CompletionResultType]::ParameterName, 'Also look for a marker of each folder with nothing in it, as put-many --empty-dirs stores it')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first object that is not equal')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only errors, and what is not equal')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only errors, and what is not equal')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what was compared, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what was compared, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;doctor' {
            [CompletionResult]::new('--workers', '--workers', [CompletionResultType]::ParameterName, 'Connections to measure beside one, 2 to 64 [default: 8, as with auto]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Region to sign for [default: the AWS profile''s]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'Endpoint of an S3-compatible store, http or https')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'AWS profile to read [default: AWS_PROFILE, else "default"]')
            [CompletionResult]::new('--addressing-style', '--addressing-style', [CompletionResultType]::ParameterName, 'How the bucket is named in a request [default: the AWS profile''s, else auto]')
            [CompletionResult]::new('--ca-bundle', '--ca-bundle', [CompletionResultType]::ParameterName, 'PEM file of the only certificate authorities to trust')
            [CompletionResult]::new('--request-payer', '--request-payer', [CompletionResultType]::ParameterName, 'The requester pays; a DESTINATION must not follow it directly')
            [CompletionResult]::new('--expected-bucket-owner', '--expected-bucket-owner', [CompletionResultType]::ParameterName, 'Account that must own the bucket, sent with every request')
            [CompletionResult]::new('--retry-delay', '--retry-delay', [CompletionResultType]::ParameterName, 'Longest first delay before a retry; doubles with every retry')
            [CompletionResult]::new('--retry-max-delay', '--retry-max-delay', [CompletionResultType]::ParameterName, 'Longest delay before any retry')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'Time for a connection to be made, TLS included')
            [CompletionResult]::new('--cli-connect-timeout', '--cli-connect-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts')
            [CompletionResult]::new('--stall-timeout', '--stall-timeout', [CompletionResultType]::ParameterName, 'Time without a byte moved after which a connection counts as dead')
            [CompletionResult]::new('--cli-read-timeout', '--cli-read-timeout', [CompletionResultType]::ParameterName, 'The aws CLI''s name for --stall-timeout, likewise')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'What standard output carries: a line a check, as text or JSON [default: text]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'Retries of one request after its first attempt, 0 to 1000')
            [CompletionResult]::new('--retry-for', '--retry-for', [CompletionResultType]::ParameterName, 'Time to sit out an outage, once the store has answered in this run [default: none]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Time for all checks [default: no limit]')
            [CompletionResult]::new('--speed', '--speed', [CompletionResultType]::ParameterName, 'Measure the throughput of one connection and of several, 3 seconds each')
            [CompletionResult]::new('--no-verify-ssl', '--no-verify-ssl', [CompletionResultType]::ParameterName, 'Accept any TLS certificate (dangerous)')
            [CompletionResult]::new('--no-sign-request', '--no-sign-request', [CompletionResultType]::ParameterName, 'Send requests without a signature, for buckets open to all')
            [CompletionResult]::new('--use-accelerate-endpoint', '--use-accelerate-endpoint', [CompletionResultType]::ParameterName, 'Use S3 Transfer Acceleration')
            [CompletionResult]::new('--use-dualstack-endpoint', '--use-dualstack-endpoint', [CompletionResultType]::ParameterName, 'Use the endpoint that answers over IPv4 and IPv6')
            [CompletionResult]::new('--use-fips-endpoint', '--use-fips-endpoint', [CompletionResultType]::ParameterName, 'Use the FIPS 140 endpoint')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Show only warnings and what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Show only warnings and what failed')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;version' {
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell the commit, the target and the features as well')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell the commit, the target and the features as well')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        's3stream;help' {
            [CompletionResult]::new('put', 'put', [CompletionResultType]::ParameterValue, 'Upload standard input, a file, or what a command prints, as one object')
            [CompletionResult]::new('put-many', 'put-many', [CompletionResultType]::ParameterValue, 'Upload many files, one object each, under one budget of requests and memory')
            [CompletionResult]::new('uploads', 'uploads', [CompletionResultType]::ParameterValue, 'List or abort multipart uploads that were begun and never ended')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that objects hold what files, a stream or a receipt say, without reading them')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Tell whether DESTINATION can be written to, and what its store supports')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print what a shell needs to complete the words of s3stream')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a folder, or print the main one')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version; with -v also of which commit, for which target, with which features')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        's3stream;help;put' {
            break
        }
        's3stream;help;put-many' {
            break
        }
        's3stream;help;uploads' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them')
            [CompletionResult]::new('abort', 'abort', [CompletionResultType]::ParameterValue, 'Abort unfinished multipart uploads that are old, or that are named by id')
            break
        }
        's3stream;help;uploads;list' {
            break
        }
        's3stream;help;uploads;abort' {
            break
        }
        's3stream;help;verify' {
            break
        }
        's3stream;help;doctor' {
            break
        }
        's3stream;help;completions' {
            break
        }
        's3stream;help;man' {
            break
        }
        's3stream;help;version' {
            break
        }
        's3stream;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
