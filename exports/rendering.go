package exports

import (
	"bytes"
	"fmt"
	"io"
)

// A Rendering is one more form of the figures of a publication, made of the
// same rows as the others.
type Rendering struct {
	Name  string
	Write func(io.Writer, Publication) error
}

// File writes the rendering of p.
func (r Rendering) File(p Publication) (File, error) {
	var b bytes.Buffer
	if err := r.Write(&b, p); err != nil {
		return File{}, fmt.Errorf("%s: %w", r.Name, err)
	}
	return File{Name: r.Name, Content: b.Bytes()}, nil
}

// PackageFile is the delivery to the monitor.
const PackageFile = "datapackage.zip"

// Package is the rendering that every release keeps.
var Package = Rendering{PackageFile, WritePackage}

// OnRequest are the renderings that are made when somebody asks for them.
var OnRequest = []Rendering{
	{"observations-nl.csv", WriteObservationsNL},
	{"sdmx.zip", WriteSDMX},
	{"odata.zip", WriteOData},
	{"csvw.zip", WriteCSVW},
}
