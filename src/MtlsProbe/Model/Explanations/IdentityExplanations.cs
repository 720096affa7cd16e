namespace MtlsProbe.Model;

/// <summary>Explains the reasons of <see cref="FailureClass.Identity"/>.</summary>
internal static class IdentityExplanations
{
    public static IEnumerable<Explanation> All =>
    [
        new(Reasons.NotFound,
            "The system says that the file is not there. The detail has its path as this process sees it.",
            ("The path is wrong, or relative to another directory.", "Relative paths start at the directory of the configuration, on the command line at the working directory. `mtlsprobe check-config FILE` names every file."),
            ("The secret or volume is not mounted, or has another key.", "`kubectl describe pod`; the files are `tls.crt` and `tls.key` unless the configuration says otherwise."),
            ("The renewal took the old file away before the new one was there.", "It passes by itself. Where it happens at each renewal, let it replace files by `mv`.")),
        new(Reasons.Unreadable,
            "The file is there, and reading it failed. The detail has the system's words.",
            ("The user of this process may not read it.", "`namei -l PATH` shows owner and mode of the file and of each directory above it."),
            ("In Kubernetes: the mode of the secret, or `fsGroup`, does not fit `runAsUser`.", "Set `defaultMode: 0440` and `fsGroup`."),
            ("It is a directory, a pipe or a device, or on a file system that gives no answer.", "What `serve` follows has to be a regular file."),
            ("A security module forbids it (SELinux, AppArmor).", "Look at the audit log.")),
        new(Reasons.BadFormat,
            "The file was read, and it is not what it should be. The detail says what was found.",
            ("DER, PKCS#7 or a Java keystore where PEM is expected.", "Convert it: `openssl x509 -inform der`, `openssl pkcs7 -print_certs`, `keytool -importkeystore -deststoretype pkcs12`."),
            ("Key and certificate files are exchanged, or one holds something else.", "The first line of a PEM file says what it is."),
            ("The file was cut short or holds what an editor added.", "Copy it anew; compare its size."),
            ("One of several certificates in a bundle cannot be read.", "The detail says which one. A trust bundle is taken whole or not at all.")),
        new(Reasons.WrongPassphrase,
            "The key is encrypted, and the passphrase does not open it; or it is encrypted and there is none.",
            ("The passphrase file holds another one, or more than one line.", "A line end at its end is ignored, other white space is not: `od -c FILE`."),
            ("`passphrase_file` is not set.", "Set it (probe: `--key-passphrase-file`)."),
            ("The key was encrypted anew when it was renewed.", "Renew the passphrase file with it.")),
        new(Reasons.KeyMismatch,
            "Both files were read, and the private key is not that of the first certificate.",
            ("The pair was replaced by halves.", "It passes when the second half is there. Where it stays, look which of the two is old."),
            ("The leaf is not the first certificate of its file.", "The detail says whose key it is. Put the leaf first, then the intermediates."),
            ("Files of two credentials are mixed.", "Compare `openssl x509 -noout -pubkey` of the certificate with `openssl pkey -pubout` of the key.")),
        new(Reasons.TokenUnavailable,
            "The PKCS#11 module, the token, or the key in it is not there, or made no signature within the time of the probe. The module's own return value stands in the detail.",
            ("The token was pulled out, its network or its service is down.", "`pkcs11-tool --module MODULE --list-slots` on the same machine, as the same user. It is tried again by itself."),
            ("The URI names another token or key than there is.", "The detail names those that are there; compare `pkcs11-tool --module MODULE --token-label LABEL --login --list-objects`."),
            ("The module is not installed, or not for this user.", "Install the package of the token's maker, or say `module-path=` in the URI. SoftHSM: the user has to be in the group of its token folder."),
            ("The token is slow or overloaded.", "The detail says that it did not sign in time. Raise `timeout` of the target, or probe with this identity less often.")),
        new(Reasons.WrongPin,
            "The token refused the PIN, has refused it before, is locked, or would lock with one more wrong PIN.",
            ("The PIN file holds another PIN, or more than one line.", "A line end at its end is ignored, other white space is not: `od -c FILE`. Another content is tried at once."),
            ("The PIN of the token was changed.", "Write the new one to the file."),
            ("Somebody has used up the tries.", "Log in once with the right PIN by another program, which gives them back; a locked token is unlocked by its security officer.")),
    ];
}
