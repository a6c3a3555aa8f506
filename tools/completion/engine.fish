# Reads the line so far: what is typed (noun and verb), the number of the argument, and store and settings named on it.
function __shopcare_read
    set -g __shopcare_typed
    set -g __shopcare_position 1
    set -g __shopcare_store $SHOPCARE_STORE
    set -g __shopcare_config $SHOPCARE_CONFIG
    set -l option ''
    set -l ended 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$option"
            test "$option" = --store; and set __shopcare_store $word
            test "$option" = --config; and set __shopcare_config $word
            set option ''
        else if test $ended = 1
            set __shopcare_position (math $__shopcare_position + 1)
        else if test "$word" = --
            set ended 1
        else if string match -q -- '--store=*' $word
            set __shopcare_store (string replace -- '--store=' '' $word)
        else if string match -q -- '--config=*' $word
            set __shopcare_config (string replace -- '--config=' '' $word)
        else if string match -q -- '-?*' $word
            contains -- $word $__shopcare_takes_value; and set option $word
        else if test (count $__shopcare_typed) = 0
            set __shopcare_typed $word
        else if test (count $__shopcare_typed) = 1; and contains -- $__shopcare_typed $__shopcare_has_verbs
            set -a __shopcare_typed $word
        else
            set __shopcare_position (math $__shopcare_position + 1)
        end
    end
end

# Whether this command is being typed.
function __shopcare_at
    __shopcare_read
    test "$__shopcare_typed" = "$argv[1]"
end

# Whether this argument of this command is being typed; a position of * is any.
function __shopcare_argument
    __shopcare_at $argv[1]; and begin
        test "$argv[2]" = '*'; or test "$__shopcare_position" = "$argv[2]"
    end
end

# Ids, which only the store knows; fish quotes them for the line.
function __shopcare_ids
    __shopcare_read
    set -l named
    set -q __shopcare_store[1]; and set -a named SHOPCARE_STORE=(string replace -r -- '^~/' "$HOME/" $__shopcare_store)
    set -q __shopcare_config[1]; and set -a named SHOPCARE_CONFIG=(string replace -r -- '^~/' "$HOME/" $__shopcare_config)
    set -l program (commandline -opc)[1]
    set -l typed (commandline -ct | string replace -r -- '^--[a-z-]+=' '' | string unescape)
    env $named $program __complete $argv[1] "$typed" 2>/dev/null
end
