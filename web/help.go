package web

import (
	"html/template"
	"io/fs"
	"path"
	"strings"
)

// A HelpTopic is one page of the help, in one language.
type HelpTopic struct {
	ID    string // the same in every language
	Title string
	Body  template.HTML // from help/, which is ours and part of the program
}

// Help returns the topics of the help in a language, in their order.
func (p *Pages) Help(lang string) ([]HelpTopic, error) {
	names, err := fs.Glob(files, "help/"+lang+"/*.html")
	if err != nil {
		return nil, err
	}
	var topics []HelpTopic
	for _, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		_, id, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".html"), "-")
		head, body, _ := strings.Cut(string(b), "</h1>")
		topics = append(topics, HelpTopic{ID: id, Title: strings.TrimPrefix(head, "<h1>"), Body: template.HTML(body)})
	}
	return topics, nil
}
