# Written by tools/generate.py from the commands themselves; do not edit.

set -g __shopcare_takes_value --amount --as-of --color --column --config --currency --customer --expect-version --exported-at --external-id --fault --fields --format --freight --keep --key --kind --lang --limit --line --note --now --order --outcome --output --platform --reason --refund --rejects --shop --since --stage --status --store --tier --tz --until --waiting-on
set -g __shopcare_has_verbs import order customer case tier points report shop db config

# Noun, verb, number of the argument being typed, and the store and settings named on the line; one per line.
function __shopcare_line
    set -l noun ''
    set -l verb ''
    set -l position 1
    set -l store "$SHOPCARE_STORE"
    set -l config "$SHOPCARE_CONFIG"
    set -l option ''
    set -l ended 0
    for word in (commandline -opc)[2..-1]
        if test -n "$option"
            test "$option" = --store; and set store $word
            test "$option" = --config; and set config $word
            set option ''
        else if test $ended = 1
            set position (math $position + 1)
        else if test "$word" = --
            set ended 1
        else if string match -q -- '--store=*' $word
            set store (string replace -- '--store=' '' $word)
        else if string match -q -- '--config=*' $word
            set config (string replace -- '--config=' '' $word)
        else if string match -q -- '-?*' $word
            contains -- $word $__shopcare_takes_value; and set option $word
        else if test -z "$noun"
            set noun $word
        else if test -z "$verb"; and contains -- $noun $__shopcare_has_verbs
            set verb $word
        else
            set position (math $position + 1)
        end
    end
    string replace -r -- '^~/' "$HOME/" $store | string collect --allow-empty
    string replace -r -- '^~/' "$HOME/" $config | string collect --allow-empty
    string trim -- "$noun $verb"
    echo $position
end

# Whether this command is being typed.
function __shopcare_at
    set -l line (__shopcare_line)
    test "$line[3]" = "$argv[1]"
end

# Whether this argument of this command is being typed; a position of * is any.
function __shopcare_argument
    set -l line (__shopcare_line)
    test "$line[3]" = "$argv[1]"; and begin
        test "$argv[2]" = '*'; or test "$line[4]" = "$argv[2]"
    end
end

# Ids, which only the store knows; fish quotes them for the line.
function __shopcare_ids
    set -l line (__shopcare_line)
    set -l named
    test -n "$line[1]"; and set -a named "SHOPCARE_STORE=$line[1]"
    test -n "$line[2]"; and set -a named "SHOPCARE_CONFIG=$line[2]"
    set -l typed (commandline -ct | string replace -r -- '^--[a-z-]+=' '' | string unescape)
    env $named (commandline -opc)[1] __complete $argv[1] "$typed" 2>/dev/null
end

complete -c shopcare -f
complete -c shopcare -l store -r -F -d 'The store to use'
complete -c shopcare -l config -r -F -d 'One more settings file, stronger than all others'
complete -c shopcare -l lang -x -a 'en zh' -d 'Language of messages'
complete -c shopcare -l color -x -a 'auto always never' -d 'Colour'
complete -c shopcare -l now -x -d 'Act as if it were this time, for back-fills'
complete -c shopcare -n '__shopcare_at \'\'' -l version -s V -d 'Print the version and leave'
complete -c shopcare -n '__shopcare_at \'\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'\'' -a init -d 'Create the store and its first shop, and your settings file if there is none'
complete -c shopcare -n '__shopcare_at \'\'' -a demo -d 'Run the main job on bundled sample exports in a throw-away store'
complete -c shopcare -n '__shopcare_at \'\'' -a import -d 'Bring in platform exports: orders'
complete -c shopcare -n '__shopcare_at \'\'' -a order -d 'Look at orders'
complete -c shopcare -n '__shopcare_at \'\'' -a customer -d 'Look at customers'
complete -c shopcare -n '__shopcare_at \'\'' -a case -d 'Open, decide and close after-sales cases'
complete -c shopcare -n '__shopcare_at \'\'' -a tier -d 'Assign and look at member tiers'
complete -c shopcare -n '__shopcare_at \'\'' -a points -d 'Award, redeem and look at points'
complete -c shopcare -n '__shopcare_at \'\'' -a report -d 'Print retention summaries'
complete -c shopcare -n '__shopcare_at \'\'' -a shop -d 'Add and list shops'
complete -c shopcare -n '__shopcare_at \'\'' -a db -d 'Migrate and check the store'
complete -c shopcare -n '__shopcare_at \'\'' -a config -d 'Show settings and where they come from'
complete -c shopcare -n '__shopcare_at \'init\'' -l shop -x -d 'Name of the first shop'
complete -c shopcare -n '__shopcare_at \'init\'' -l platform -x -a 'amazon douyin generic jd judgeme pdd shopify taobao woocommerce' -d 'taobao, pdd, shopify …'
complete -c shopcare -n '__shopcare_at \'init\'' -l currency -x -d 'ISO 4217, such as CNY'
complete -c shopcare -n '__shopcare_at \'init\'' -l tz -x -d 'IANA zone, such as Asia/Shanghai'
complete -c shopcare -n '__shopcare_at \'init\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'init\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'init\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'init\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'init\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'demo\'' -l keep -r -F -d 'Put the store into this new folder instead of a temporary one'
complete -c shopcare -n '__shopcare_at \'demo\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'import\'' -a orders -d 'Import order exports'
complete -c shopcare -n '__shopcare_at \'import\'' -a list -d 'List the import batches, newest first, with what each brought'
complete -c shopcare -n '__shopcare_at \'import\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l platform -x -a 'amazon douyin generic jd judgeme pdd shopify taobao woocommerce' -d 'Take the files as this platform\'s or format\'s'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l shop -x -k -a '(__shopcare_ids shop)' -d 'The shop the files belong to'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l column -x -d 'Where a field of the generic format stands; repeatable'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l tz -x -d 'Zone of times without one'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l exported-at -x -d 'When the files were exported'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l rejects -r -F -d 'Write rejected rows with line, code and reason here'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'import orders\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'import orders\' \'*\'' -F
complete -c shopcare -n '__shopcare_at \'import list\'' -l limit -x -d 'At most this many, the newest first'
complete -c shopcare -n '__shopcare_at \'import list\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'import list\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'import list\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'import list\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'import list\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'order\'' -a list -d 'List orders, newest first, with what was paid, what went back and what remains'
complete -c shopcare -n '__shopcare_at \'order\'' -a show -d 'Show one order: its money, its lines with their share of what was paid, its refunds and its cases'
complete -c shopcare -n '__shopcare_at \'order\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'order list\'' -l shop -x -k -a '(__shopcare_ids shop)' -d 'Only this shop'
complete -c shopcare -n '__shopcare_at \'order list\'' -l status -x -a 'unpaid paid shipped completed closed cancelled refunded unknown' -d 'Only this status'
complete -c shopcare -n '__shopcare_at \'order list\'' -l customer -x -k -a '(__shopcare_ids customer)' -d 'Only of this customer, such as C7'
complete -c shopcare -n '__shopcare_at \'order list\'' -l since -x -d 'Ordered on that day or later'
complete -c shopcare -n '__shopcare_at \'order list\'' -l until -x -d 'Ordered on that day or before'
complete -c shopcare -n '__shopcare_at \'order list\'' -l limit -x -d 'At most so many; default all'
complete -c shopcare -n '__shopcare_at \'order list\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'order list\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'order list\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'order list\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'order list\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'order show\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'order show\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'order show\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'order show\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'order show\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'order show\' \'1\'' -k -a '(__shopcare_ids order)'
complete -c shopcare -n '__shopcare_at \'customer\'' -a list -d 'List customers with their orders, net spend in the shop\'s currency, first and last order, and tier'
complete -c shopcare -n '__shopcare_at \'customer\'' -a show -d 'Show one customer on one page: orders, cases, tier, points, last contact'
complete -c shopcare -n '__shopcare_at \'customer\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l shop -x -k -a '(__shopcare_ids shop)' -d 'Only this shop'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l tier -x -d 'Only members of this tier; see `tier list`'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l limit -x -d 'At most so many; default all'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'customer list\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'customer show\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'customer show\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'customer show\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'customer show\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'customer show\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'customer show\' \'1\'' -k -a '(__shopcare_ids customer)'
complete -c shopcare -n '__shopcare_at \'case\'' -a open -d 'Open a case on an order'
complete -c shopcare -n '__shopcare_at \'case\'' -a list -d 'List cases, oldest first: the open ones, unless --all or a stage says otherwise'
complete -c shopcare -n '__shopcare_at \'case\'' -a show -d 'Show one case: where it stands, what it is about, what was refunded, and everything that happened'
complete -c shopcare -n '__shopcare_at \'case\'' -a move -d 'Take a case one step further, or open a closed one again'
complete -c shopcare -n '__shopcare_at \'case\'' -a close -d 'Close a case with its outcome, and book what goes back to the buyer'
complete -c shopcare -n '__shopcare_at \'case\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'case open\'' -l kind -x -a 'refund_only return_refund exchange reship repair price_protection complaint inquiry' -d 'What the buyer asks for'
complete -c shopcare -n '__shopcare_at \'case open\'' -l reason -x -d 'Why the buyer asks'
complete -c shopcare -n '__shopcare_at \'case open\'' -l line -x -d 'Units it is about; may be repeated'
complete -c shopcare -n '__shopcare_at \'case open\'' -l amount -x -d 'What the buyer asks for, in the order\'s currency'
complete -c shopcare -n '__shopcare_at \'case open\'' -l external-id -x -d 'The platform\'s id of the case'
complete -c shopcare -n '__shopcare_at \'case open\'' -l fault -x -a 'seller buyer both platform promoter unknown' -d 'Whose fault it is'
complete -c shopcare -n '__shopcare_at \'case open\'' -l waiting-on -x -a 'us buyer platform carrier supplier' -d 'Whose turn it is'
complete -c shopcare -n '__shopcare_at \'case open\'' -l note -x -d 'A note for the history of the case'
complete -c shopcare -n '__shopcare_at \'case open\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'case open\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'case open\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'case open\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'case open\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'case open\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'case open\' \'1\'' -k -a '(__shopcare_ids order)'
complete -c shopcare -n '__shopcare_at \'case list\'' -l stage -x -a 'requested negotiating approved awaiting_return return_in_transit received settling awaiting_reship reship_in_transit awaiting_confirm rejected disputed closed' -d 'Only this stage'
complete -c shopcare -n '__shopcare_at \'case list\'' -l all -l open -d 'Closed cases too, or only open ones (the default)'
complete -c shopcare -n '__shopcare_at \'case list\'' -l kind -x -a 'refund_only return_refund exchange reship repair price_protection complaint inquiry' -d 'Only this kind'
complete -c shopcare -n '__shopcare_at \'case list\'' -l customer -x -k -a '(__shopcare_ids customer)' -d 'Only of this customer, such as C7'
complete -c shopcare -n '__shopcare_at \'case list\'' -l order -x -k -a '(__shopcare_ids order)' -d 'Only of this order'
complete -c shopcare -n '__shopcare_at \'case list\'' -l waiting-on -x -a 'us buyer platform carrier supplier' -d 'Only where it is this party\'s turn'
complete -c shopcare -n '__shopcare_at \'case list\'' -l shop -x -k -a '(__shopcare_ids shop)' -d 'Only this shop'
complete -c shopcare -n '__shopcare_at \'case list\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'case list\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'case list\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'case list\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'case list\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'case show\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'case show\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'case show\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'case show\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'case show\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'case show\' \'1\'' -k -a '(__shopcare_ids any-case)'
complete -c shopcare -n '__shopcare_at \'case move\'' -l waiting-on -x -a 'us buyer platform carrier supplier' -d 'Whose turn it is'
complete -c shopcare -n '__shopcare_at \'case move\'' -l fault -x -a 'seller buyer both platform promoter unknown' -d 'Whose fault it is'
complete -c shopcare -n '__shopcare_at \'case move\'' -l reason -x -d 'Why; needed for a refusal and a reopening'
complete -c shopcare -n '__shopcare_at \'case move\'' -l note -x -d 'A note for the history of the case'
complete -c shopcare -n '__shopcare_at \'case move\'' -l expect-version -x -d 'Refuse if the case changed since that version; `case show` prints it'
complete -c shopcare -n '__shopcare_at \'case move\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'case move\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'case move\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'case move\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'case move\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'case move\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'case move\' \'1\'' -k -a '(__shopcare_ids any-case)'
complete -c shopcare -n '__shopcare_argument \'case move\' \'2\'' -a 'negotiate approve await_return send_back receive settle await_reship reship deliver reject dispute reopen wait note'
complete -c shopcare -n '__shopcare_at \'case close\'' -l outcome -x -a 'refunded partly_refunded exchanged reshipped repaired compensated explained rejected withdrawn expired platform_for_buyer platform_for_seller' -d 'What came of it'
complete -c shopcare -n '__shopcare_at \'case close\'' -l refund -x -d 'What goes back to the buyer, freight included'
complete -c shopcare -n '__shopcare_at \'case close\'' -l freight -x -d 'The part of --refund that is freight'
complete -c shopcare -n '__shopcare_at \'case close\'' -l fault -x -a 'seller buyer both platform promoter unknown' -d 'Whose fault it is'
complete -c shopcare -n '__shopcare_at \'case close\'' -l reason -x -d 'Why; needed for a refusal and a reopening'
complete -c shopcare -n '__shopcare_at \'case close\'' -l note -x -d 'A note for the history of the case'
complete -c shopcare -n '__shopcare_at \'case close\'' -l expect-version -x -d 'Refuse if the case changed since that version; `case show` prints it'
complete -c shopcare -n '__shopcare_at \'case close\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'case close\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'case close\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'case close\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'case close\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'case close\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'case close\' \'1\'' -k -a '(__shopcare_ids case)'
complete -c shopcare -n '__shopcare_at \'tier\'' -a assign -d 'Assign tiers to all members and list who moves'
complete -c shopcare -n '__shopcare_at \'tier\'' -a list -d 'List the ladder with the members of each tier'
complete -c shopcare -n '__shopcare_at \'tier\'' -a show -d 'Show the tier of one member: spend, progress to the next tier, how long it lasts, history'
complete -c shopcare -n '__shopcare_at \'tier\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l as-of -x -d 'What was known at the end of that day (YYYY-MM-DD)'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'tier assign\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'tier list\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'tier list\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'tier list\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'tier list\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'tier list\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'tier show\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'tier show\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'tier show\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'tier show\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'tier show\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'tier show\' \'1\'' -k -a '(__shopcare_ids customer)'
complete -c shopcare -n '__shopcare_at \'points\'' -a award -d 'Award points: to all orders that have earned them, or a bonus to one customer'
complete -c shopcare -n '__shopcare_at \'points\'' -a redeem -d 'Redeem points of a customer, those that lapse soonest first'
complete -c shopcare -n '__shopcare_at \'points\'' -a balance -d 'Show points: available, pending, owed, what comes and what lapses next'
complete -c shopcare -n '__shopcare_at \'points\'' -a history -d 'Show every movement of a customer\'s points, with the sum so far and what is left of each lot'
complete -c shopcare -n '__shopcare_at \'points\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'points award\'' -l reason -x -d 'Why; stands in the history'
complete -c shopcare -n '__shopcare_at \'points award\'' -l key -x -d 'Makes the call safe to repeat: the same key again books nothing'
complete -c shopcare -n '__shopcare_at \'points award\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'points award\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'points award\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'points award\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'points award\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'points award\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'points award\' \'1\'' -k -a '(__shopcare_ids customer)'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l order -x -k -a '(__shopcare_ids order)' -d 'The order they pay for; at most half of it by default'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l reason -x -d 'Why; stands in the history'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l key -x -d 'Makes the call safe to repeat: the same key again books nothing'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'points redeem\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'points redeem\' \'1\'' -k -a '(__shopcare_ids customer)'
complete -c shopcare -n '__shopcare_at \'points balance\'' -l as-of -x -d 'What was known at the end of that day (YYYY-MM-DD)'
complete -c shopcare -n '__shopcare_at \'points balance\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'points balance\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'points balance\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'points balance\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'points balance\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'points balance\' \'1\'' -k -a '(__shopcare_ids customer)'
complete -c shopcare -n '__shopcare_at \'points history\'' -l as-of -x -d 'What was known at the end of that day (YYYY-MM-DD)'
complete -c shopcare -n '__shopcare_at \'points history\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'points history\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'points history\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'points history\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'points history\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_argument \'points history\' \'1\'' -k -a '(__shopcare_ids customer)'
complete -c shopcare -n '__shopcare_at \'report\'' -a retention -d 'Print how many customers come back, how soon, and what each month\'s new customers brought since'
complete -c shopcare -n '__shopcare_at \'report\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l as-of -x -d 'What was known at the end of that day (YYYY-MM-DD)'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l tz -x -d 'Count days and months in this zone'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l currency -x -d 'Orders in this currency'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l shop -x -k -a '(__shopcare_ids shop)' -d 'Only this shop'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'report retention\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'shop\'' -a list -d 'List the shops with their platform, currency, zone and number of orders'
complete -c shopcare -n '__shopcare_at \'shop\'' -a add -d 'Add a shop to the store'
complete -c shopcare -n '__shopcare_at \'shop\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'shop list\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'shop list\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'shop list\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'shop list\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'shop list\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l platform -x -a 'amazon douyin generic jd judgeme pdd shopify taobao woocommerce' -d 'taobao, pdd, shopify …'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l currency -x -d 'ISO 4217, such as CNY'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l tz -x -d 'IANA zone, such as Asia/Shanghai'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l dry-run -d 'Say what would be done; write nothing'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'shop add\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'db\'' -a migrate -d 'Bring an older store to this program\'s schema; a copy of the file is kept beside it'
complete -c shopcare -n '__shopcare_at \'db\'' -a check -d 'Check the store: file structure, foreign keys, row counts'
complete -c shopcare -n '__shopcare_at \'db\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'db migrate\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'db migrate\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'db migrate\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'db migrate\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'db migrate\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'db check\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'db check\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'db check\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'db check\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'db check\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'config\'' -a show -d 'Print every setting, its value and where the value comes from'
complete -c shopcare -n '__shopcare_at \'config\'' -l help -s h -d 'Show this message and exit'
complete -c shopcare -n '__shopcare_at \'config show\'' -l format -x -a 'table tsv csv json jsonl md' -d 'Form of the output'
complete -c shopcare -n '__shopcare_at \'config show\'' -l json -d 'Short for --format json'
complete -c shopcare -n '__shopcare_at \'config show\'' -l fields -x -d 'Only these columns, in this order, by their JSON names'
complete -c shopcare -n '__shopcare_at \'config show\'' -l output -r -F -d 'Write to a file instead; it appears whole or not at all'
complete -c shopcare -n '__shopcare_at \'config show\'' -l help -s h -d 'Show this message and exit'
