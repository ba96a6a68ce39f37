package cmd

import (
	"github.com/spf13/cobra"
)

// describeCompletion says what the commands are that cobra adds.
func describeCompletion(root *cobra.Command) {
	c, _, err := root.Find([]string{"completion"})
	if err != nil || c == root {
		panic("BUG: cobra adds no completion")
	}
	c.Short = "write the completion script of a shell"
	c.Long = `Write the script that completes commands, flags and their values (formats, metrics, visitor keys, scenarios) on Tab.

  bash        loadx completion bash \
                > ~/.local/share/bash-completion/completions/loadx
  zsh         loadx completion zsh > "${fpath[1]}/_loadx"
  fish        loadx completion fish > ~/.config/fish/completions/loadx.fish
  powershell  loadx completion powershell | Out-String | Invoke-Expression

bash needs the package bash-completion. A shell that is started afterwards completes.`
	for _, shell := range c.Commands() {
		shell.Short = "write the completion script of " + shell.Name()
		shell.Long = shell.Short + "; `loadx help completion` says where it goes."
		shell.Long = "W" + shell.Long[1:]
	}
}
