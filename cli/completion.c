/* completion.c: completion scripts for bash, zsh and fish out of the table of commands.   [engine]
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/help.h"
#include "cli/terminal.h"
#include "scenarios/lang/suggest.h"

#include <stdio.h>
#include <string.h>

static const char *const shell_names[] = {"bash", "zsh", "fish"};

/* ' is the only character that ends a quoted word in all three shells, [ and ] end a zsh description. */
static void print_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text != '\'')
            putchar(*text == '[' ? '(' : *text == ']' ? ')' : *text);
}

static void print_words_of(enum word_kind kind)
{
    if (kind == WORDS_SHELL)
        for (size_t i = 0; i < sizeof shell_names / sizeof shell_names[0]; i++)
            printf(" %s", shell_names[i]);
    if (kind != WORDS_TOPIC)
        return;
    for (size_t i = 0; i < command_count; i++)
        printf(" %s", command_table[i].name);
    for (size_t i = 0; i < topic_count; i++)
        printf(" %s", topic_table[i].name);
}

/* ---- bash ------------------------------------------------------------------------------------------------------- */

static const char *bash_words(enum word_kind kind)
{
    switch (kind) {
    case WORDS_SCENARIO:
        return "files='lua'";
    case WORDS_RESULTS:
        return "files='h5'";
    case WORDS_SESSIONS:
        return "files='csv'";
    case WORDS_NONE:
    case WORDS_NAME:
    case WORDS_SHELL:
    case WORDS_TOPIC:
        return "files=''";
    }
    return "files=''";
}

/* Its names, each between spaces. */
static void bash_option(const struct option_info *option)
{
    printf(" --%s ", option->name);
    if (option->letter != 0)
        printf(" -%c ", option->letter);
}

static void bash_command(const struct command *command)
{
    printf("    %s)\n        words='", command->name);
    for (size_t i = 0; i < command->option_count; i++)
        printf("%s--%s", i > 0 ? " " : "", command->options[i].name);
    print_words_of(command->words);
    printf("'\n        paths='");
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].kind == OPTION_PATH)
            bash_option(&command->options[i]);
    printf("'\n        values='");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_info *option = &command->options[i];
        if (option->kind == OPTION_FLAG || option->kind == OPTION_PATH)
            continue;
        bash_option(option);
    }
    printf("'\n        %s\n        ;;\n", bash_words(command->words));
}

static void print_bash(void)
{
    puts("# bash completion for konsento; made by: konsento completion bash\n"
         "_konsento() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    local words='' paths='' values='' files='' name\n"
         "    COMPREPLY=()\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    printf("        words='--help --version");
    for (size_t i = 0; i < command_count; i++)
        printf(" %s", command_table[i].name);
    puts("'\n"
         "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "        return\n"
         "    fi\n"
         "    case ${COMP_WORDS[1]} in");
    for (size_t i = 0; i < command_count; i++)
        bash_command(&command_table[i]);
    puts("    esac\n"
         "    if [[ $paths == *\" $before \"* ]]; then\n"
         "        mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "        return\n"
         "    fi\n"
         "    [[ $values == *\" $before \"* ]] && return\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "    if [ -n \"$files\" ] && [[ $current != -* ]]; then\n"
         "        while IFS= read -r name; do\n"
         "            if [ -d \"$name\" ] || [[ $name == *.\"$files\" ]]; then COMPREPLY+=(\"$name\"); fi\n"
         "        done < <(compgen -f -- \"$current\")\n"
         "    fi\n"
         "}\n"
         "complete -o filenames -F _konsento konsento");
}

/* ---- zsh -------------------------------------------------------------------------------------------------------- */

static void zsh_option(const struct option_info *option)
{
    const char *many = option->kind == OPTION_SETTING ? "*" : "";
    printf("            '%s--%s%s[", many, option->name, option->value != NULL ? "=" : "");
    print_plain(option->help);
    printf("]");
    if (option->value != NULL)
        printf(":%s:%s", option->value, option->kind == OPTION_PATH ? "_files" : "");
    puts("' \\");
    if (option->letter == 0)
        return;
    printf("            '-%c%s[", option->letter, option->value != NULL ? "+" : "");
    print_plain(option->help);
    printf("]");
    if (option->value != NULL)
        printf(":%s:%s", option->value, option->kind == OPTION_PATH ? "_files" : "");
    puts("' \\");
}

static void zsh_words(enum word_kind kind)
{
    if (kind == WORDS_SCENARIO)
        puts("            '*:scenario:_files -g \"*.lua\"'");
    else if (kind == WORDS_RESULTS)
        puts("            '*:results:_files -g \"*.h5(-.) *(-/)\"'");
    else if (kind == WORDS_SESSIONS)
        puts("            '1:sessions:_files -g \"*.csv\"'");
    else if (kind == WORDS_SHELL || kind == WORDS_TOPIC) {
        printf("            '1:word:(");
        print_words_of(kind);
        puts(" )'");
    } else
        puts("            '*:name:'");
}

static void print_zsh(void)
{
    puts("#compdef konsento\n"
         "# zsh completion for konsento; made by: konsento completion zsh\n"
         "_konsento() {\n"
         "    local -a commands\n"
         "    commands=(");
    for (size_t i = 0; i < command_count; i++) {
        printf("        '%s:", command_table[i].name);
        print_plain(command_table[i].summary);
        puts("'");
    }
    puts("    )\n"
         "    if (( CURRENT == 2 )); then\n"
         "        _describe command commands\n"
         "        return\n"
         "    fi\n"
         "    local name=${words[2]}\n"
         "    shift words\n"
         "    (( CURRENT-- ))\n"
         "    case $name in");
    for (size_t i = 0; i < command_count; i++) {
        printf("    %s)\n        _arguments \\\n", command_table[i].name);
        for (size_t j = 0; j < command_table[i].option_count; j++)
            zsh_option(&command_table[i].options[j]);
        zsh_words(command_table[i].words);
        puts("        ;;");
    }
    puts("    esac\n"
         "}\n"
         "compdef _konsento konsento");
}

/* ---- fish ------------------------------------------------------------------------------------------------------- */

static void fish_command(const struct command *command)
{
    printf("complete -c konsento -f -n __fish_use_subcommand -a %s -d '", command->name);
    print_plain(command->summary);
    puts("'");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option_info *option = &command->options[i];
        printf("complete -c konsento -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->name);
        if (option->letter != 0)
            printf(" -s %c", option->letter);
        if (option->value != NULL)
            printf(" -x%s", option->kind == OPTION_PATH ? " -a '(__fish_complete_path)'" : "");
        printf(" -d '");
        print_plain(option->help);
        puts("'");
    }
    if (command->words == WORDS_SHELL || command->words == WORDS_TOPIC) {
        printf("complete -c konsento -f -n '__fish_seen_subcommand_from %s' -a '", command->name);
        print_words_of(command->words);
        puts("'");
    }
}

static void print_fish(void)
{
    puts("# fish completion for konsento; made by: konsento completion fish");
    for (size_t i = 0; i < command_count; i++)
        fish_command(&command_table[i]);
}

int command_completion(const struct arguments *arguments)
{
    const char *shell = arguments->words[0];
    void (*const printers[])(void) = {print_bash, print_zsh, print_fish};
    for (size_t i = 0; i < sizeof shell_names / sizeof shell_names[0]; i++)
        if (strcmp(shell, shell_names[i]) == 0) {
            printers[i]();
            return CODE_OK;
        }
    struct suggestion suggestion;
    char near[96];
    suggest_begin(&suggestion, shell);
    for (size_t i = 0; i < sizeof shell_names / sizeof shell_names[0]; i++)
        suggest_offer(&suggestion, shell_names[i]);
    complain("completion: no shell '%s'; bash, zsh or fish%s", shell, suggest_text(near, &suggestion));
    return CODE_USAGE;
}
