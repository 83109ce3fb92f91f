# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_s3stream_global_optspecs
    string join \n h/help V/version
end

function __fish_s3stream_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_s3stream_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_s3stream_using_subcommand
    set -l cmd (__fish_s3stream_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c s3stream -n "__fish_s3stream_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_needs_command" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "put" -d 'Upload standard input, a file, or what a command prints, as one object'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "put-many" -d 'Upload many files, one object each, under one budget of requests and memory'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "uploads" -d 'List or abort multipart uploads that were begun and never ended'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "verify" -d 'Check that objects hold what files, a stream or a receipt say, without reading them'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "doctor" -d 'Tell whether DESTINATION can be written to, and what its store supports'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "completions" -d 'Print what a shell needs to complete the words of s3stream'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "man" -d 'Write the manual pages into a folder, or print the main one'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "version" -d 'Print the version; with -v also of which commit, for which target, with which features'
complete -c s3stream -n "__fish_s3stream_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l region -d 'Region to sign for [default: the AWS profile\'s]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l endpoint-url -d 'Endpoint of an S3-compatible store, http or https' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l profile -d 'AWS profile to read [default: AWS_PROFILE, else "default"]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l addressing-style -d 'How the bucket is named in a request [default: the AWS profile\'s, else auto]' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l ca-bundle -d 'PEM file of the only certificate authorities to trust' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l request-payer -d 'The requester pays; a DESTINATION must not follow it directly' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l expected-bucket-owner -d 'Account that must own the bucket, sent with every request' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l workers -d 'Parts in flight, 1 to 1024; auto: as many as bring more throughput' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l max-memory -d 'Most memory to hold in parts; as parts grow, fewer are in flight [default: see below]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l expected-size -d 'Hint of the stream\'s size, so that one part size fits' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l part-size -d 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l buffer -d 'Parts read ahead of the workers, 0 to 1024' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l max-parts -d 'Most parts in one upload, 1 to 10000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l checksum-algorithm -d 'Checksum sent with every part and compared with the store\'s answer [default: SHA256]' -r -f -a "SHA256\t''
CRC64NVME\t''
CRC32C\t''
CRC32\t''
SHA1\t''
MD5\t''
NONE\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l payload-signing -d 'Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l limit-rate -d 'Most bytes to send a second [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l retries -d 'Retries of one request after its first attempt, 0 to 1000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l retry-delay -d 'Longest first delay before a retry; doubles with every retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l retry-max-delay -d 'Longest delay before any retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l retry-for -d 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l connect-timeout -d 'Time for a connection to be made, TLS included' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l cli-connect-timeout -d 'The aws CLI\'s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l stall-timeout -d 'Time without a byte moved after which a connection counts as dead' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l cli-read-timeout -d 'The aws CLI\'s name for --stall-timeout, likewise' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l timeout -d 'Time for the whole run [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l idle-timeout -d 'Time for which a pipe or COMMAND may print nothing before the run fails [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l content-type -d 'Content-Type [default: guessed from the key]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l content-encoding -d 'Content-Encoding, such as gzip' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l content-disposition -d 'Content-Disposition' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l content-language -d 'Content-Language' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l cache-control -d 'Cache-Control' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l expires -d 'Expires: a time such as 2030-01-31T12:00:00Z' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l metadata -d 'User metadata; repeat it for more, or write K=V,K=V' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l tag -d 'Object tag; repeat it for more, or write K=V,K=V; up to 10' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l storage-class -d 'Storage class, such as STANDARD_IA' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l acl -d 'Canned ACL' -r -f -a "private\t''
public-read\t''
public-read-write\t''
authenticated-read\t''
aws-exec-read\t''
bucket-owner-read\t''
bucket-owner-full-control\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l sse -d 'Encryption at rest; AES256 where no type follows [default: the bucket\'s]' -r -f -a "AES256\t'Keys that the store manages'
aws:kms\t'Keys of the key management service'
aws:kms:dsse\t'The same, in two layers'"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l sse-kms-key-id -d 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l sse-kms-encryption-context -d 'Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l sse-c-key-file -d 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l object-lock-mode -d 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody' -r -f -a "GOVERNANCE\t''
COMPLIANCE\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l object-lock-retain -d 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l website-redirect -d 'Redirect of a bucket website: a key with a leading /, or a URL' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l size -d 'Exact size of the source' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l min-size -d 'Least size of the source' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l require-tail -d 'Must match in the last 4KiB of the source, such as \'-- Dump completed\'' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l resume -d 'Record the upload in FILE: one that broke off is left, and the same line again sends the rest' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l progress -d 'How progress is shown, on standard error; auto: a bar on a terminal, else none' -r -f -a "auto\t''
bar\t''
plain\t''
json\t''
none\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l progress-interval -d 'Time between two lines of progress' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l output -d 'What standard output carries: json, a line of what became of each object; text, the s3:// address of each that is stored' -r -f -a "none\t''
text\t''
json\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l receipt -d 'Write down in FILE what is stored, and how: a line of JSON an object, for verify --receipt' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l metrics-file -d 'Write metrics of the run to FILE at its end, for the textfile collector of node_exporter' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l metrics-label -d 'Label of all series of --metrics-file; repeat it for more, or write K=V,K=V' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l no-verify-ssl -d 'Accept any TLS certificate (dangerous)'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l no-sign-request -d 'Send requests without a signature, for buckets open to all'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l use-accelerate-endpoint -d 'Use S3 Transfer Acceleration'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l use-dualstack-endpoint -d 'Use the endpoint that answers over IPv4 and IPv6'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l use-fips-endpoint -d 'Use the FIPS 140 endpoint'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l equal-parts -d 'Never grow the part size; for stores that want all parts equal'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l no-guess-mime-type -d 'The aws CLI\'s name for it: no Content-Type but one that is given'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l bucket-key-enabled -d 'Use an S3 bucket key with --sse aws:kms'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l object-lock-legal-hold -d 'Object Lock: put a legal hold on the object'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l no-overwrite -d 'Refuse to replace an object (If-None-Match: *)'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l allow-empty -d 'Accept an empty stream'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l no-progress -d 'The aws CLI\'s name for --progress none; the last of the two counts'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l dry-run -d 'Say what would be uploaded, and send nothing that writes'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -s q -l quiet -d 'Show only errors, and what was asked for and is not there'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -s v -l verbose -d 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -l debug -d 'The aws CLI\'s name for -vv'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand put" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l files-from -d 'Read the names of files from FILE, or from standard input (-), one a line' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l exclude -d 'Leave out what matches PATTERN, which has the syntax of .gitignore' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l include -d 'Take what matches PATTERN though an earlier --exclude leaves it out' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l exclude-from -d 'Read patterns from FILE, as if given by --exclude here; lines that begin with ! are includes' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l base-dir -d 'Folder that keys are relative to' -r -f -a "(__fish_complete_directories)"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l shard -d 'Take only share I of N, from 1/N to N/N; auto/N takes I from the batch system' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l journal -d 'Record in FILE what is done; a run with the same FILE passes over what is done and unchanged' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l region -d 'Region to sign for [default: the AWS profile\'s]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l endpoint-url -d 'Endpoint of an S3-compatible store, http or https' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l profile -d 'AWS profile to read [default: AWS_PROFILE, else "default"]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l addressing-style -d 'How the bucket is named in a request [default: the AWS profile\'s, else auto]' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l ca-bundle -d 'PEM file of the only certificate authorities to trust' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l request-payer -d 'The requester pays; a DESTINATION must not follow it directly' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l expected-bucket-owner -d 'Account that must own the bucket, sent with every request' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l workers -d 'Files and parts in flight, 1 to 1024; auto: as many as bring more throughput' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l max-memory -d 'Most memory to hold in files and parts [default: 112MiB, or two parts]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l part-size -d 'Size of a part, 5MiB to 5GiB; grows when the part limit comes into view' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l buffer -d 'Parts read ahead of the workers, 0 to 1024' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l max-parts -d 'Most parts in one upload, 1 to 10000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l checksum-algorithm -d 'Checksum sent with every part and compared with the store\'s answer [default: SHA256]' -r -f -a "SHA256\t''
CRC64NVME\t''
CRC32C\t''
CRC32\t''
SHA1\t''
MD5\t''
NONE\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l payload-signing -d 'Whether signatures cover the parts; auto: over http, and where it costs nothing [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l limit-rate -d 'Most bytes to send a second [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l retries -d 'Retries of one request after its first attempt, 0 to 1000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l retry-delay -d 'Longest first delay before a retry; doubles with every retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l retry-max-delay -d 'Longest delay before any retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l retry-for -d 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l connect-timeout -d 'Time for a connection to be made, TLS included' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l cli-connect-timeout -d 'The aws CLI\'s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l stall-timeout -d 'Time without a byte moved after which a connection counts as dead' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l cli-read-timeout -d 'The aws CLI\'s name for --stall-timeout, likewise' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l timeout -d 'Time for the whole run [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l content-type -d 'Content-Type [default: guessed from the key]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l content-encoding -d 'Content-Encoding, such as gzip' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l content-disposition -d 'Content-Disposition' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l content-language -d 'Content-Language' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l cache-control -d 'Cache-Control' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l expires -d 'Expires: a time such as 2030-01-31T12:00:00Z' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l metadata -d 'User metadata; repeat it for more, or write K=V,K=V' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l tag -d 'Object tag; repeat it for more, or write K=V,K=V; up to 10' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l storage-class -d 'Storage class, such as STANDARD_IA' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l acl -d 'Canned ACL' -r -f -a "private\t''
public-read\t''
public-read-write\t''
authenticated-read\t''
aws-exec-read\t''
bucket-owner-read\t''
bucket-owner-full-control\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l sse -d 'Encryption at rest; AES256 where no type follows [default: the bucket\'s]' -r -f -a "AES256\t'Keys that the store manages'
aws:kms\t'Keys of the key management service'
aws:kms:dsse\t'The same, in two layers'"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l sse-kms-key-id -d 'Id or ARN of the key for --sse aws:kms or aws:kms:dsse' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l sse-kms-encryption-context -d 'Encryption context for --sse aws:kms: K=V,K=V, a JSON object, or base64 of one' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l sse-c-key-file -d 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l object-lock-mode -d 'Object Lock: GOVERNANCE can be lifted with permission, COMPLIANCE by nobody' -r -f -a "GOVERNANCE\t''
COMPLIANCE\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l object-lock-retain -d 'Keep the object for a time (30d), or until one (2030-01-31T12:00:00Z)' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l website-redirect -d 'Redirect of a bucket website: a key with a leading /, or a URL' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l progress -d 'How progress is shown, on standard error; auto: a bar on a terminal, else none' -r -f -a "auto\t''
bar\t''
plain\t''
json\t''
none\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l progress-interval -d 'Time between two lines of progress' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l output -d 'What standard output carries: json, a line of what became of each object; text, the s3:// address of each that is stored' -r -f -a "none\t''
text\t''
json\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l receipt -d 'Write down in FILE what is stored, and how: a line of JSON an object, for verify --receipt' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l metrics-file -d 'Write metrics of the run to FILE at its end, for the textfile collector of node_exporter' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l metrics-label -d 'Label of all series of --metrics-file; repeat it for more, or write K=V,K=V' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s r -l recursive -d 'Walk folders'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s 0 -l null -d 'The names of --files-from end in NUL, as those of find -print0'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l follow-symlinks -d 'Follow symbolic links inside of folders; those named as PATH always are'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s x -l one-file-system -d 'Stay on the file system of the named folder: enter no folder that another one is mounted on'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l no-follow-symlinks -d 'The aws CLI\'s name for what is the default; of the two the last counts'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l allow-empty -d 'Accept that no file is found at all'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l preserve-times -d 'Store the time of change of each file as metadata mtime, as rclone does'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l empty-dirs -d 'Store a marker of each folder with nothing in it: an empty object whose key ends in /'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l skip-existing -d 'Pass over files whose key has an object'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l skip-unchanged -d 'Pass over files whose object has the same size and checksum'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l no-overwrite -d 'Refuse to replace an object (If-None-Match: *): its file is passed over'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l fail-fast -d 'Stop at the first failure'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l no-verify-ssl -d 'Accept any TLS certificate (dangerous)'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l no-sign-request -d 'Send requests without a signature, for buckets open to all'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l use-accelerate-endpoint -d 'Use S3 Transfer Acceleration'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l use-dualstack-endpoint -d 'Use the endpoint that answers over IPv4 and IPv6'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l use-fips-endpoint -d 'Use the FIPS 140 endpoint'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l equal-parts -d 'Never grow the part size; for stores that want all parts equal'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l no-guess-mime-type -d 'The aws CLI\'s name for it: no Content-Type but one that is given'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l bucket-key-enabled -d 'Use an S3 bucket key with --sse aws:kms'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l object-lock-legal-hold -d 'Object Lock: put a legal hold on the object'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l no-progress -d 'The aws CLI\'s name for --progress none; the last of the two counts'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l dry-run -d 'Say what would be uploaded, and send nothing that writes'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s q -l quiet -d 'Show only errors, and what was asked for and is not there'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s v -l verbose -d 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -l debug -d 'The aws CLI\'s name for -vv'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand put-many" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and not __fish_seen_subcommand_from list abort help" -s h -l help -d 'Print help'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and not __fish_seen_subcommand_from list abort help" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and not __fish_seen_subcommand_from list abort help" -f -a "list" -d 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and not __fish_seen_subcommand_from list abort help" -f -a "abort" -d 'Abort unfinished multipart uploads that are old, or that are named by id'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and not __fish_seen_subcommand_from list abort help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l older-than -d 'Only uploads that were begun so long ago, by the store\'s clock' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l region -d 'Region to sign for [default: the AWS profile\'s]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l endpoint-url -d 'Endpoint of an S3-compatible store, http or https' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l profile -d 'AWS profile to read [default: AWS_PROFILE, else "default"]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l addressing-style -d 'How the bucket is named in a request [default: the AWS profile\'s, else auto]' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l ca-bundle -d 'PEM file of the only certificate authorities to trust' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l request-payer -d 'The requester pays; a DESTINATION must not follow it directly' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l expected-bucket-owner -d 'Account that must own the bucket, sent with every request' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l retries -d 'Retries of one request after its first attempt, 0 to 1000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l retry-delay -d 'Longest first delay before a retry; doubles with every retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l retry-max-delay -d 'Longest delay before any retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l retry-for -d 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Time for a connection to be made, TLS included' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l cli-connect-timeout -d 'The aws CLI\'s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l stall-timeout -d 'Time without a byte moved after which a connection counts as dead' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l cli-read-timeout -d 'The aws CLI\'s name for --stall-timeout, likewise' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l timeout -d 'Time for the whole run [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l output -d 'What standard output carries [default: text; none for what is really aborted]' -r -f -a "none\t''
text\t''
json\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l no-verify-ssl -d 'Accept any TLS certificate (dangerous)'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l no-sign-request -d 'Send requests without a signature, for buckets open to all'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l use-accelerate-endpoint -d 'Use S3 Transfer Acceleration'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l use-dualstack-endpoint -d 'Use the endpoint that answers over IPv4 and IPv6'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -l use-fips-endpoint -d 'Use the FIPS 140 endpoint'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Show only errors'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l older-than -d 'Uploads that were begun so long ago, by the store\'s clock; 0s for all' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l upload-id -d 'The upload with this id, of the key BUCKET/KEY; may be given several times' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l region -d 'Region to sign for [default: the AWS profile\'s]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l endpoint-url -d 'Endpoint of an S3-compatible store, http or https' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l profile -d 'AWS profile to read [default: AWS_PROFILE, else "default"]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l addressing-style -d 'How the bucket is named in a request [default: the AWS profile\'s, else auto]' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l ca-bundle -d 'PEM file of the only certificate authorities to trust' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l request-payer -d 'The requester pays; a DESTINATION must not follow it directly' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l expected-bucket-owner -d 'Account that must own the bucket, sent with every request' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l retries -d 'Retries of one request after its first attempt, 0 to 1000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l retry-delay -d 'Longest first delay before a retry; doubles with every retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l retry-max-delay -d 'Longest delay before any retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l retry-for -d 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l connect-timeout -d 'Time for a connection to be made, TLS included' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l cli-connect-timeout -d 'The aws CLI\'s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l stall-timeout -d 'Time without a byte moved after which a connection counts as dead' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l cli-read-timeout -d 'The aws CLI\'s name for --stall-timeout, likewise' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l timeout -d 'Time for the whole run [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l output -d 'What standard output carries [default: text; none for what is really aborted]' -r -f -a "none\t''
text\t''
json\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l dry-run -d 'Only say what would be aborted'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l no-verify-ssl -d 'Accept any TLS certificate (dangerous)'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l no-sign-request -d 'Send requests without a signature, for buckets open to all'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l use-accelerate-endpoint -d 'Use S3 Transfer Acceleration'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l use-dualstack-endpoint -d 'Use the endpoint that answers over IPv4 and IPv6'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -l use-fips-endpoint -d 'Use the FIPS 140 endpoint'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s q -l quiet -d 'Show only errors'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s v -l verbose -d 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from abort" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "list" -d 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "abort" -d 'Abort unfinished multipart uploads that are old, or that are named by id'
complete -c s3stream -n "__fish_s3stream_using_subcommand uploads; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l receipt -d 'Compare with the receipt that put --receipt or put-many --receipt wrote; no source is needed' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l files-from -d 'Read the names of files from FILE, or from standard input (-), one a line' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l exclude -d 'Leave out what matches PATTERN, which has the syntax of .gitignore' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l include -d 'Take what matches PATTERN though an earlier --exclude leaves it out' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l exclude-from -d 'Read patterns from FILE, as if given by --exclude here; lines that begin with ! are includes' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l base-dir -d 'Folder that keys are relative to' -r -f -a "(__fish_complete_directories)"
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l shard -d 'Take only share I of N, from 1/N to N/N; auto/N takes I from the batch system' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l region -d 'Region to sign for [default: the AWS profile\'s]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l endpoint-url -d 'Endpoint of an S3-compatible store, http or https' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l profile -d 'AWS profile to read [default: AWS_PROFILE, else "default"]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l addressing-style -d 'How the bucket is named in a request [default: the AWS profile\'s, else auto]' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l ca-bundle -d 'PEM file of the only certificate authorities to trust' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l request-payer -d 'The requester pays; a DESTINATION must not follow it directly' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l expected-bucket-owner -d 'Account that must own the bucket, sent with every request' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l part-size -d 'Part size that the object was uploaded with, as a hint where the store does not tell' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l workers -d 'Requests in flight, of --download or over many objects, 1 to 1024; auto: as many as bring more throughput' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l max-memory -d 'Most memory to hold in bytes on their way, 16MiB or more [default: 40MiB]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l limit-rate -d 'Most bytes to receive a second, with --download [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l retries -d 'Retries of one request after its first attempt, 0 to 1000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l retry-delay -d 'Longest first delay before a retry; doubles with every retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l retry-max-delay -d 'Longest delay before any retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l retry-for -d 'Time to sit out an outage, once the store has answered in this run; it begins anew with each of its answers [default: 15m; none with --retries 0]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l connect-timeout -d 'Time for a connection to be made, TLS included' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l cli-connect-timeout -d 'The aws CLI\'s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l stall-timeout -d 'Time without a byte moved after which a connection counts as dead' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l cli-read-timeout -d 'The aws CLI\'s name for --stall-timeout, likewise' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l timeout -d 'Time for the whole run [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l idle-timeout -d 'Time for which a pipe or COMMAND may print nothing before the run fails [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l sse-c-key-file -d 'File of your own key (SSE-C): 32 bytes, raw, base64 or hex' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l progress -d 'How progress is shown, on standard error; auto: a bar on a terminal, else none' -r -f -a "auto\t''
bar\t''
plain\t''
json\t''
none\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l progress-interval -d 'Time between two lines of progress' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l output -d 'What standard output carries: json, a line of what was found out about each object; text, the s3:// address of each that is equal' -r -f -a "none\t''
text\t''
json\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l download -d 'Read the object, in parallel ranges, and compare its bytes'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s r -l recursive -d 'Walk folders'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s 0 -l null -d 'The names of --files-from end in NUL, as those of find -print0'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l follow-symlinks -d 'Follow symbolic links inside of folders; those named as PATH always are'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s x -l one-file-system -d 'Stay on the file system of the named folder: enter no folder that another one is mounted on'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l no-follow-symlinks -d 'The aws CLI\'s name for what is the default; of the two the last counts'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l allow-empty -d 'Accept that no file is found at all'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l empty-dirs -d 'Also look for a marker of each folder with nothing in it, as put-many --empty-dirs stores it'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l fail-fast -d 'Stop at the first object that is not equal'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l no-verify-ssl -d 'Accept any TLS certificate (dangerous)'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l no-sign-request -d 'Send requests without a signature, for buckets open to all'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l use-accelerate-endpoint -d 'Use S3 Transfer Acceleration'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l use-dualstack-endpoint -d 'Use the endpoint that answers over IPv4 and IPv6'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -l use-fips-endpoint -d 'Use the FIPS 140 endpoint'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s q -l quiet -d 'Show only errors, and what is not equal'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s v -l verbose -d 'Say what was compared, and why it waits, on standard error; -vv adds the log of the SDK'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand verify" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l workers -d 'Connections to measure beside one, 2 to 64 [default: 8, as with auto]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l region -d 'Region to sign for [default: the AWS profile\'s]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l endpoint-url -d 'Endpoint of an S3-compatible store, http or https' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l profile -d 'AWS profile to read [default: AWS_PROFILE, else "default"]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l addressing-style -d 'How the bucket is named in a request [default: the AWS profile\'s, else auto]' -r -f -a "auto\t''
path\t''
virtual\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l ca-bundle -d 'PEM file of the only certificate authorities to trust' -r -F
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l request-payer -d 'The requester pays; a DESTINATION must not follow it directly' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l expected-bucket-owner -d 'Account that must own the bucket, sent with every request' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l retry-delay -d 'Longest first delay before a retry; doubles with every retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l retry-max-delay -d 'Longest delay before any retry' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l connect-timeout -d 'Time for a connection to be made, TLS included' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l cli-connect-timeout -d 'The aws CLI\'s name for --connect-timeout: whole seconds, 0 for none. The last of the two counts' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l stall-timeout -d 'Time without a byte moved after which a connection counts as dead' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l cli-read-timeout -d 'The aws CLI\'s name for --stall-timeout, likewise' -r
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l output -d 'What standard output carries: a line a check, as text or JSON [default: text]' -r -f -a "none\t''
text\t''
json\t''"
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l retries -d 'Retries of one request after its first attempt, 0 to 1000' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l retry-for -d 'Time to sit out an outage, once the store has answered in this run [default: none]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l timeout -d 'Time for all checks [default: no limit]' -r -f
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l speed -d 'Measure the throughput of one connection and of several, 3 seconds each'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l no-verify-ssl -d 'Accept any TLS certificate (dangerous)'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l no-sign-request -d 'Send requests without a signature, for buckets open to all'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l use-accelerate-endpoint -d 'Use S3 Transfer Acceleration'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l use-dualstack-endpoint -d 'Use the endpoint that answers over IPv4 and IPv6'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -l use-fips-endpoint -d 'Use the FIPS 140 endpoint'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -s q -l quiet -d 'Show only warnings and what failed'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -s v -l verbose -d 'Say what is done, and why it waits, on standard error; -vv adds the log of the SDK'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand completions" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c s3stream -n "__fish_s3stream_using_subcommand man" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand version" -s v -l verbose -d 'Tell the commit, the target and the features as well'
complete -c s3stream -n "__fish_s3stream_using_subcommand version" -s h -l help -d 'Print help'
complete -c s3stream -n "__fish_s3stream_using_subcommand version" -s V -l version -d 'Print version'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "put" -d 'Upload standard input, a file, or what a command prints, as one object'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "put-many" -d 'Upload many files, one object each, under one budget of requests and memory'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "uploads" -d 'List or abort multipart uploads that were begun and never ended'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "verify" -d 'Check that objects hold what files, a stream or a receipt say, without reading them'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "doctor" -d 'Tell whether DESTINATION can be written to, and what its store supports'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "completions" -d 'Print what a shell needs to complete the words of s3stream'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "man" -d 'Write the manual pages into a folder, or print the main one'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "version" -d 'Print the version; with -v also of which commit, for which target, with which features'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and not __fish_seen_subcommand_from put put-many uploads verify doctor completions man version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and __fish_seen_subcommand_from uploads" -f -a "list" -d 'List unfinished multipart uploads: age, parts, bytes, key, id, and who began them'
complete -c s3stream -n "__fish_s3stream_using_subcommand help; and __fish_seen_subcommand_from uploads" -f -a "abort" -d 'Abort unfinished multipart uploads that are old, or that are named by id'
