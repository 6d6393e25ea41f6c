# SPDX-License-Identifier: ISC
# fish completion for vncbridgectl(8)

function __vncbridgectl_targets
    vncbridgectl targets 2>/dev/null </dev/null |
        awk '/^TARGET /{on = 1; next} on && NF > 4 {print $1}'
end

complete -c vncbridgectl -f
complete -c vncbridgectl -s j -d 'JSON'
complete -c vncbridgectl -s f -r -F -d 'configuration'
complete -c vncbridgectl -s s -r -F -d 'control socket'

complete -c vncbridgectl -n __fish_use_subcommand -a status -d 'the daemon and its processes'
complete -c vncbridgectl -n __fish_use_subcommand -a sessions -d 'what is open'
complete -c vncbridgectl -n __fish_use_subcommand -a targets -d 'the configured targets'
complete -c vncbridgectl -n __fish_use_subcommand -a watch -d 'both, live'
complete -c vncbridgectl -n __fish_use_subcommand -a kick -d 'end sessions'
complete -c vncbridgectl -n __fish_use_subcommand -a lock -d 'let nobody new in to a target'
complete -c vncbridgectl -n __fish_use_subcommand -a unlock -d 'let people in again'
complete -c vncbridgectl -n __fish_use_subcommand -a message -d 'put words on pages'
complete -c vncbridgectl -n __fish_use_subcommand -a logins -d 'who has logged in'
complete -c vncbridgectl -n __fish_use_subcommand -a logout -d 'end the logins of a user'
complete -c vncbridgectl -n __fish_use_subcommand -a why -d 'whether somebody may open a target'
complete -c vncbridgectl -n __fish_use_subcommand -a metrics -d 'figures for Prometheus'
complete -c vncbridgectl -n __fish_use_subcommand -a reload -d 'apply the configuration'
complete -c vncbridgectl -n __fish_use_subcommand -a check -d 'whether the daemon would start'
complete -c vncbridgectl -n __fish_use_subcommand -a drain -d 'stop gracefully, or take no new sessions'
complete -c vncbridgectl -n __fish_use_subcommand -a undrain -d 'take new sessions again'
complete -c vncbridgectl -n __fish_use_subcommand -a stop -d 'stop at once'
complete -c vncbridgectl -n __fish_use_subcommand -a selfcert -d 'a certificate for a first try'
complete -c vncbridgectl -n __fish_use_subcommand -a user -d 'the users file'
complete -c vncbridgectl -n __fish_use_subcommand -a audit -d 'whether an audit trail is whole'

complete -c vncbridgectl -n '__fish_seen_subcommand_from kick lock unlock message' -a '(__vncbridgectl_targets)'
complete -c vncbridgectl -n '__fish_seen_subcommand_from kick' -s c -d 'a session'
complete -c vncbridgectl -n '__fish_seen_subcommand_from kick message' -s t -d 'a target'
complete -c vncbridgectl -n '__fish_seen_subcommand_from kick message' -s u -d 'a user'
complete -c vncbridgectl -n '__fish_seen_subcommand_from kick lock' -s m -x -d 'what people are told'
complete -c vncbridgectl -n '__fish_seen_subcommand_from message' -a all -d 'everybody'
complete -c vncbridgectl -n '__fish_seen_subcommand_from drain' -s k -d 'take no new sessions'
complete -c vncbridgectl -n '__fish_seen_subcommand_from selfcert' -s d -r -d 'directory'
complete -c vncbridgectl -n '__fish_seen_subcommand_from user' -a 'add passwd lock unlock remove list groups totp'
complete -c vncbridgectl -n '__fish_seen_subcommand_from audit' -F -a verify
