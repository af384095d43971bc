# Completion of edgeherd for bash 4 and later.
# Made by `edgeherd completion bash`.

_edgeherd_commands='adopt completion config cordon enroll events explain forget keep node nodes pause plan protect quarantine resume retry simulate status takeover terminate uncordon unprotect unquarantine zones'

_edgeherd_second() {
  case "$1" in
    'config') echo 'apply check reload' ;;
    'enroll') echo 'token' ;;
  esac
}

_edgeherd_options() {
  echo '--ca-file --endpoint --help --output --token --version -o'
  case "$1" in
    'status') echo '--watch --zone' ;;
    'nodes') echo '--zone' ;;
    'explain') echo '--at --decision --node' ;;
    'events') echo '--follow --limit --node --zone' ;;
    'terminate') echo '--all --dry-run --expect-count --now --zone' ;;
    'pause') echo '--reason' ;;
    'resume') echo '--expect-count --read-only' ;;
    'adopt') echo '--zone' ;;
    'config apply') echo '--expect-count --zone' ;;
    'simulate') echo '--history --hours --jobs --nodes --resume --scenario --seeds --shrink' ;;
  esac
}

# What stands in a command's place for arguments, and behind an option.
_edgeherd_argument() {
  case "$1" in
    'node') echo nodes ;;
    'explain') echo zones ;;
    'terminate') echo nodes ;;
    'keep') echo nodes ;;
    'cordon') echo nodes ;;
    'uncordon') echo nodes ;;
    'protect') echo nodes ;;
    'unprotect') echo nodes ;;
    'quarantine') echo nodes ;;
    'unquarantine') echo nodes ;;
    'pause') echo nothing ;;
    'retry') echo zones ;;
    'adopt') echo nothing ;;
    'forget') echo nodes ;;
    'enroll token') echo nodes ;;
    'config check') echo files ;;
    'completion') echo shells ;;
  esac
}

_edgeherd_value() {
  case "$1" in
    --output|-o) echo formats ;;
    --endpoint) echo nothing ;;
    --token) echo nothing ;;
    --ca-file) echo files ;;
    --zone) echo zones ;;
    --at) echo nothing ;;
    --decision) echo nothing ;;
    --node) echo nodes ;;
    --limit) echo nothing ;;
    --expect-count) echo nothing ;;
    --reason) echo nothing ;;
    --seeds) echo nothing ;;
    --hours) echo nothing ;;
    --nodes) echo nothing ;;
    --scenario) echo files ;;
    --history) echo files ;;
    --jobs) echo nothing ;;
    --resume) echo files ;;
  esac
}

# A coordinator that does not answer must not keep the shell waiting.
_edgeherd_words() {
  case "$1" in
    zones|nodes) timeout 2 edgeherd "$1" -o names 2>/dev/null ;;
    shells) echo 'bash zsh' ;;
    formats) echo 'table json names' ;;
  esac
}

_edgeherd() {
  local current="${COMP_WORDS[COMP_CWORD]}" command='' skip='' word kind='' words=''
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ -n $skip ]]; then
      skip=''
    elif [[ $word == -* ]]; then
      [[ -n $(_edgeherd_value "$word") ]] && skip=yes
    elif [[ -z $command ]]; then
      command=$word
    elif [[ " $(_edgeherd_second "$command") " == *" $word "* ]]; then
      command="$command $word"
    fi
  done
  if [[ -n $skip ]]; then
    kind=$(_edgeherd_value "${COMP_WORDS[COMP_CWORD-1]}")
  elif [[ $current == -* ]]; then
    words=$(_edgeherd_options "$command")
  elif [[ -z $command ]]; then
    words=$_edgeherd_commands
  elif [[ -n $(_edgeherd_second "$command") ]]; then
    words=$(_edgeherd_second "$command")
  else
    kind=$(_edgeherd_argument "$command")
  fi
  [[ -n $kind ]] && words=$(_edgeherd_words "$kind")
  COMPREPLY=()
  if [[ $kind == files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _edgeherd edgeherd
