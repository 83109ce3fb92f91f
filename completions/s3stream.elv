
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
            cand put-many 'Upload many files, one object each, under one budget of requests and memory'
            cand uploads 'List or abort multipart uploads that were begun and never ended'
            cand completions 'Print what a shell needs to complete the words of s3stream'
            cand man 'Write the manual pages into a folder, or print the main one'
            cand version 'Print the version; with -v also of which commit, for which target, with which features'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'s3stream;put'= {
            cand --region 'Region to sign for [default: the AWS profile''s]'
            cand --endpoint-url 'Endpoint of an S3-compatible store, http or https'
            cand --profile 'AWS profile to read [default: AWS_PROFILE, else "default"]'
            cand --addressing-style 'How the bucket is named in a request [default: the AWS profile''s, else auto]'
            cand --ca-bundle 'PEM file of the only certificate authorities to trust'
            cand --request-payer 'The requester pays; a DESTINATION must not follow it directly'
            cand --expected-bucket-owner 'Account that must own the bucket, sent with every request'
            cand --workers 'Parts in flight, 1 to 1024; auto: as many as bring more throughput'
            cand --max-memory 'Most memory to hold in parts; as parts grow, fewer are in flight [default: see below]'
            cand --expected-size 'Hint of the stream''s size, so that one part size fits'
            cand --part-size 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view'
            cand --buffer 'Parts read ahead of the workers, 0 to 1024'
            cand --max-parts 'Most parts in one upload, 1 to 10000'
            cand --checksum-algorithm 'Checksum sent with every part and compared with the store''s answer [default: SHA256]'
            cand --payload-signing 'Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]'
            cand --limit-rate 'Most bytes to send a second [default: no limit]'
            cand --retries 'Retries of one request after its first attempt, 0 to 1000'
            cand --retry-delay 'Longest first delay before a retry; doubles with every retry'
            cand --retry-max-delay 'Longest delay before any retry'
            cand --retry-for 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]'
            cand --connect-timeout 'Time for a connection to be made, TLS included'
            cand --cli-connect-timeout 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts'
            cand --stall-timeout 'Time without a byte moved after which a connection counts as dead'
            cand --cli-read-timeout 'The aws CLI''s name for --stall-timeout, likewise'
            cand --timeout 'Time for the whole upload [default: no limit]'
            cand --idle-timeout 'Time for which a pipe or COMMAND may print nothing before the upload fails [default: no limit]'
            cand --content-type 'Content-Type [default: guessed from the key]'
            cand --content-encoding 'Content-Encoding, such as gzip'
            cand --content-disposition 'Content-Disposition'
            cand --content-language 'Content-Language'
            cand --cache-control 'Cache-Control'
            cand --expires 'Expires: a time such as 2030-01-31T12:00:00Z'
            cand --metadata 'User metadata; repeat it for more, or write K=V,K=V'
            cand --tag 'Object tag; repeat it for more, or write K=V,K=V; up to 10'
            cand --storage-class 'Storage class, such as STANDARD_IA'
            cand --acl 'Canned ACL'
            cand --sse 'Encryption at rest; AES256 where no type follows [default: the bucket''s]'
            cand --sse-kms-key-id 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse'
            cand --sse-kms-encryption-context 'Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one'
            cand --sse-c-key-file 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex'
            cand --object-lock-mode 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody'
            cand --object-lock-retain 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)'
            cand --website-redirect 'Redirect of a bucket website: a key with a leading /, or a URL'
            cand --size 'Exact size of the source'
            cand --min-size 'Least size of the source'
            cand --require-tail 'Must match in the last 4KiB of the source, such as ''-- Dump completed'''
            cand --progress 'How progress is shown, on standard error; auto: a bar on a terminal, else none'
            cand --progress-interval 'Time between two lines of progress'
            cand --output 'What standard output carries: json, a line of what became of each object; text, the s3:// address of each that is stored'
            cand --no-verify-ssl 'Accept any TLS certificate (dangerous)'
            cand --no-sign-request 'Send requests without a signature, for buckets open to all'
            cand --use-accelerate-endpoint 'Use S3 Transfer Acceleration'
            cand --use-dualstack-endpoint 'Use the endpoint that answers over IPv4 and IPv6'
            cand --use-fips-endpoint 'Use the FIPS 140 endpoint'
            cand --equal-parts 'Never grow the part size; for stores that want all parts equal'
            cand --no-guess-mime-type 'The aws CLI''s name for it: no Content-Type but one that is given'
            cand --bucket-key-enabled 'Use an S3 bucket key with --sse aws:kms'
            cand --object-lock-legal-hold 'Object Lock: put a legal hold on the object'
            cand --no-overwrite 'Refuse to replace an object (If-None-Match: *)'
            cand --allow-empty 'Accept an empty stream'
            cand --no-progress 'The aws CLI''s name for --progress none; the last of the two counts'
            cand --dry-run 'Say what would be uploaded, and send nothing that writes'
            cand -q 'Show only errors, and what was asked for and is not there'
            cand --quiet 'Show only errors, and what was asked for and is not there'
            cand -v 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
            cand --verbose 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
            cand --debug 'The aws CLI''s name for -vv'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;put-many'= {
            cand --files-from 'Read the names of files from FILE, or from standard input (-), one a line'
            cand --exclude 'Leave out what matches PATTERN, which has the syntax of .gitignore'
            cand --include 'Take what matches PATTERN though an earlier --exclude leaves it out'
            cand --exclude-from 'Read patterns from FILE, as if given by --exclude here; lines that begin with ! are includes'
            cand --base-dir 'Folder that keys are relative to'
            cand --journal 'Record in FILE what is done; a run with the same FILE passes over what is done and unchanged'
            cand --shard 'Take only share I of N, from 1/N to N/N; auto/N takes I from the batch system'
            cand --region 'Region to sign for [default: the AWS profile''s]'
            cand --endpoint-url 'Endpoint of an S3-compatible store, http or https'
            cand --profile 'AWS profile to read [default: AWS_PROFILE, else "default"]'
            cand --addressing-style 'How the bucket is named in a request [default: the AWS profile''s, else auto]'
            cand --ca-bundle 'PEM file of the only certificate authorities to trust'
            cand --request-payer 'The requester pays; a DESTINATION must not follow it directly'
            cand --expected-bucket-owner 'Account that must own the bucket, sent with every request'
            cand --workers 'Files and parts in flight, 1 to 1024; auto: as many as bring more throughput'
            cand --max-memory 'Most memory to hold in files and parts [default: 112MiB, or two parts]'
            cand --part-size 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view'
            cand --buffer 'Parts read ahead of the workers, 0 to 1024'
            cand --max-parts 'Most parts in one upload, 1 to 10000'
            cand --checksum-algorithm 'Checksum sent with every part and compared with the store''s answer [default: SHA256]'
            cand --payload-signing 'Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]'
            cand --limit-rate 'Most bytes to send a second [default: no limit]'
            cand --retries 'Retries of one request after its first attempt, 0 to 1000'
            cand --retry-delay 'Longest first delay before a retry; doubles with every retry'
            cand --retry-max-delay 'Longest delay before any retry'
            cand --retry-for 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]'
            cand --connect-timeout 'Time for a connection to be made, TLS included'
            cand --cli-connect-timeout 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts'
            cand --stall-timeout 'Time without a byte moved after which a connection counts as dead'
            cand --cli-read-timeout 'The aws CLI''s name for --stall-timeout, likewise'
            cand --timeout 'Time for the whole upload [default: no limit]'
            cand --content-type 'Content-Type [default: guessed from the key]'
            cand --content-encoding 'Content-Encoding, such as gzip'
            cand --content-disposition 'Content-Disposition'
            cand --content-language 'Content-Language'
            cand --cache-control 'Cache-Control'
            cand --expires 'Expires: a time such as 2030-01-31T12:00:00Z'
            cand --metadata 'User metadata; repeat it for more, or write K=V,K=V'
            cand --tag 'Object tag; repeat it for more, or write K=V,K=V; up to 10'
            cand --storage-class 'Storage class, such as STANDARD_IA'
            cand --acl 'Canned ACL'
            cand --sse 'Encryption at rest; AES256 where no type follows [default: the bucket''s]'
            cand --sse-kms-key-id 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse'
            cand --sse-kms-encryption-context 'Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one'
            cand --sse-c-key-file 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex'
            cand --object-lock-mode 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody'
            cand --object-lock-retain 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)'
            cand --website-redirect 'Redirect of a bucket website: a key with a leading /, or a URL'
            cand --progress 'How progress is shown, on standard error; auto: a bar on a terminal, else none'
            cand --progress-interval 'Time between two lines of progress'
            cand --output 'What standard output carries: json, a line of what became of each object; text, the s3:// address of each that is stored'
            cand -r 'Walk folders'
            cand --recursive 'Walk folders'
            cand -0 'The names of --files-from end in NUL, as those of find -print0'
            cand --null 'The names of --files-from end in NUL, as those of find -print0'
            cand --follow-symlinks 'Follow symbolic links inside of folders; those named as PATH always are'
            cand -x 'Stay on the file system of the named folder: enter no folder that another one is mounted on'
            cand --one-file-system 'Stay on the file system of the named folder: enter no folder that another one is mounted on'
            cand --no-follow-symlinks 'The aws CLI''s name for what is the default; of the two the last counts'
            cand --preserve-times 'Store the time of change of each file as metadata mtime, as rclone does'
            cand --empty-dirs 'Store a marker of each folder with nothing in it: an empty object whose key ends in /'
            cand --skip-existing 'Pass over files whose key has an object'
            cand --skip-unchanged 'Pass over files whose object has the same size and checksum'
            cand --no-overwrite 'Refuse to replace an object (If-None-Match: *): its file is passed over'
            cand --allow-empty 'Accept that no file is found at all'
            cand --fail-fast 'Stop at the first failure'
            cand --no-verify-ssl 'Accept any TLS certificate (dangerous)'
            cand --no-sign-request 'Send requests without a signature, for buckets open to all'
            cand --use-accelerate-endpoint 'Use S3 Transfer Acceleration'
            cand --use-dualstack-endpoint 'Use the endpoint that answers over IPv4 and IPv6'
            cand --use-fips-endpoint 'Use the FIPS 140 endpoint'
            cand --equal-parts 'Never grow the part size; for stores that want all parts equal'
            cand --no-guess-mime-type 'The aws CLI''s name for it: no Content-Type but one that is given'
            cand --bucket-key-enabled 'Use an S3 bucket key with --sse aws:kms'
            cand --object-lock-legal-hold 'Object Lock: put a legal hold on the object'
            cand --no-progress 'The aws CLI''s name for --progress none; the last of the two counts'
            cand --dry-run 'Say what would be uploaded, and send nothing that writes'
            cand -q 'Show only errors, and what was asked for and is not there'
            cand --quiet 'Show only errors, and what was asked for and is not there'
            cand -v 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
            cand --verbose 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
            cand --debug 'The aws CLI''s name for -vv'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;uploads'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them'
            cand abort 'Abort unfinished multipart uploads that are old, or that are named by id'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'s3stream;uploads;list'= {
            cand --older-than 'Only uploads that were begun so long ago, by the store''s clock'
            cand --region 'Region to sign for [default: the AWS profile''s]'
            cand --endpoint-url 'Endpoint of an S3-compatible store, http or https'
            cand --profile 'AWS profile to read [default: AWS_PROFILE, else "default"]'
            cand --addressing-style 'How the bucket is named in a request [default: the AWS profile''s, else auto]'
            cand --ca-bundle 'PEM file of the only certificate authorities to trust'
            cand --request-payer 'The requester pays; a DESTINATION must not follow it directly'
            cand --expected-bucket-owner 'Account that must own the bucket, sent with every request'
            cand --retries 'Retries of one request after its first attempt, 0 to 1000'
            cand --retry-delay 'Longest first delay before a retry; doubles with every retry'
            cand --retry-max-delay 'Longest delay before any retry'
            cand --retry-for 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]'
            cand --connect-timeout 'Time for a connection to be made, TLS included'
            cand --cli-connect-timeout 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts'
            cand --stall-timeout 'Time without a byte moved after which a connection counts as dead'
            cand --cli-read-timeout 'The aws CLI''s name for --stall-timeout, likewise'
            cand --timeout 'Time for the whole upload [default: no limit]'
            cand --output 'What standard output carries [default: text; none for what is really aborted]'
            cand --no-verify-ssl 'Accept any TLS certificate (dangerous)'
            cand --no-sign-request 'Send requests without a signature, for buckets open to all'
            cand --use-accelerate-endpoint 'Use S3 Transfer Acceleration'
            cand --use-dualstack-endpoint 'Use the endpoint that answers over IPv4 and IPv6'
            cand --use-fips-endpoint 'Use the FIPS 140 endpoint'
            cand -q 'Show only errors'
            cand --quiet 'Show only errors'
            cand -v 'Show the log on standard error; -vv for more of it'
            cand --verbose 'Show the log on standard error; -vv for more of it'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;uploads;abort'= {
            cand --older-than 'Uploads that were begun so long ago, by the store''s clock; 0s for all'
            cand --upload-id 'The upload with this id, of the key BUCKET/KEY; may be given several times'
            cand --region 'Region to sign for [default: the AWS profile''s]'
            cand --endpoint-url 'Endpoint of an S3-compatible store, http or https'
            cand --profile 'AWS profile to read [default: AWS_PROFILE, else "default"]'
            cand --addressing-style 'How the bucket is named in a request [default: the AWS profile''s, else auto]'
            cand --ca-bundle 'PEM file of the only certificate authorities to trust'
            cand --request-payer 'The requester pays; a DESTINATION must not follow it directly'
            cand --expected-bucket-owner 'Account that must own the bucket, sent with every request'
            cand --retries 'Retries of one request after its first attempt, 0 to 1000'
            cand --retry-delay 'Longest first delay before a retry; doubles with every retry'
            cand --retry-max-delay 'Longest delay before any retry'
            cand --retry-for 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]'
            cand --connect-timeout 'Time for a connection to be made, TLS included'
            cand --cli-connect-timeout 'The aws CLI''s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts'
            cand --stall-timeout 'Time without a byte moved after which a connection counts as dead'
            cand --cli-read-timeout 'The aws CLI''s name for --stall-timeout, likewise'
            cand --timeout 'Time for the whole upload [default: no limit]'
            cand --output 'What standard output carries [default: text; none for what is really aborted]'
            cand --dry-run 'Only say what would be aborted'
            cand --no-verify-ssl 'Accept any TLS certificate (dangerous)'
            cand --no-sign-request 'Send requests without a signature, for buckets open to all'
            cand --use-accelerate-endpoint 'Use S3 Transfer Acceleration'
            cand --use-dualstack-endpoint 'Use the endpoint that answers over IPv4 and IPv6'
            cand --use-fips-endpoint 'Use the FIPS 140 endpoint'
            cand -q 'Show only errors'
            cand --quiet 'Show only errors'
            cand -v 'Show the log on standard error; -vv for more of it'
            cand --verbose 'Show the log on standard error; -vv for more of it'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;uploads;help'= {
            cand list 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them'
            cand abort 'Abort unfinished multipart uploads that are old, or that are named by id'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'s3stream;uploads;help;list'= {
        }
        &'s3stream;uploads;help;abort'= {
        }
        &'s3stream;uploads;help;help'= {
        }
        &'s3stream;completions'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;man'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;version'= {
            cand -v 'Tell the commit, the target and the features as well'
            cand --verbose 'Tell the commit, the target and the features as well'
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'s3stream;help'= {
            cand put 'Upload standard input, a file, or what a command prints, as one object'
            cand put-many 'Upload many files, one object each, under one budget of requests and memory'
            cand uploads 'List or abort multipart uploads that were begun and never ended'
            cand completions 'Print what a shell needs to complete the words of s3stream'
            cand man 'Write the manual pages into a folder, or print the main one'
            cand version 'Print the version; with -v also of which commit, for which target, with which features'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'s3stream;help;put'= {
        }
        &'s3stream;help;put-many'= {
        }
        &'s3stream;help;uploads'= {
            cand list 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them'
            cand abort 'Abort unfinished multipart uploads that are old, or that are named by id'
        }
        &'s3stream;help;uploads;list'= {
        }
        &'s3stream;help;uploads;abort'= {
        }
        &'s3stream;help;completions'= {
        }
        &'s3stream;help;man'= {
        }
        &'s3stream;help;version'= {
        }
        &'s3stream;help;help'= {
        }
    ]
    $completions[$command]
}
