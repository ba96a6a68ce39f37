package reports

import (
	"io"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// A grid is a plain table: columns aligned, no borders, a line under the header. Cells must be safe and fitted already.
type grid struct {
	header []string
	rows   [][]string
	// left holds the numbers of the columns that hold text; the others hold figures and are aligned to the right.
	left []int
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

func (g *grid) write(w io.Writer) error {
	if len(g.rows) == 0 {
		return nil
	}
	align := make([]tw.Align, len(g.header))
	for i := range align {
		align[i] = tw.AlignRight
	}
	for _, i := range g.left {
		align[i] = tw.AlignLeft
	}
	cells := func(formatting tw.CellFormatting) tw.CellConfig {
		formatting.AutoWrap = tw.WrapNone
		return tw.CellConfig{
			Formatting: formatting,
			Alignment:  tw.CellAlignment{PerColumn: align},
			Padding:    tw.CellPadding{Global: tw.Padding{Left: "", Right: "  ", Overwrite: true}},
		}
	}
	header := tw.Off
	for _, h := range g.header {
		if h != "" {
			header = tw.On
		}
	}
	t := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone, Symbols: tw.NewSymbols(tw.StyleASCII),
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off},
				Lines:      tw.Lines{ShowHeaderLine: tw.Off, ShowTop: tw.Off, ShowBottom: tw.Off},
			},
		})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: cells(tw.CellFormatting{AutoFormat: tw.Off}),
			Row:    cells(tw.CellFormatting{}),
		}))
	if header == tw.On {
		t.Header(g.header)
	}
	if err := t.Bulk(g.rows); err != nil {
		return err
	}
	return t.Render()
}
