// Deduplicate keeps the first of the rows of a table that are the same in the chosen columns.
//
// The table is read once and never held: what is remembered of a row is 16 bytes of a hash.
package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"unicode/utf8"
)

const (
	own    = 32 << 20 // bytes that the program takes beside what it remembers
	perRow = 64       // bytes for a remembered row at most, when the map has just grown
	buffer = 1 << 20  // bytes read and written at once
)

// task is what is read of task.json.
type task struct {
	Params  struct{ Columns []string }
	Inputs  map[string]string
	Outputs map[string]string
	Metrics string
	Threads int
	Memory  int64
}

// key is half of a SHA-256: of 2^32 rows, two different ones have the same with a chance of 2^-65.
type key [16]byte

func main() {
	if err := run(); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(filepath.Join(os.Getenv("MLP_TASK"), "task.json"))
	if err != nil {
		return err
	}
	var t task
	if err := json.Unmarshal(text, &t); err != nil {
		return fmt.Errorf("task.json: %w", err)
	}
	runtime.GOMAXPROCS(t.Threads)
	debug.SetMemoryLimit(t.Memory * 9 / 10)
	path, err := find(t.Inputs["data"])
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	source, err := open(path)
	if err != nil {
		return fmt.Errorf("%s: cannot be read: %w", name, err)
	}
	defer source.Close()
	target, err := os.Create(filepath.Join(t.Outputs["data"], "data.csv"))
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(target, buffer)
	kept, dropped, err := deduplicate(source, out, t.Params.Columns, (t.Memory-own)/perRow)
	if err != nil {
		return fmt.Errorf("%s%w", name, err)
	}
	if err := errors.Join(out.Flush(), target.Close()); err != nil {
		return err
	}
	metrics := fmt.Sprintf("{\"rows\": %d, \"duplicates\": %d}\n", kept, dropped)
	if err := os.WriteFile(t.Metrics, []byte(metrics), 0o644); err != nil {
		return err
	}
	fmt.Printf("%d rows, %d duplicates left out\n", kept, dropped)
	return nil
}

// deduplicate copies the header and each row that is the first of its kind; it returns how many rows it kept and left out.
func deduplicate(source io.Reader, out *bufio.Writer, columns []string, most int64) (kept, dropped int64, err error) {
	reader := csv.NewReader(bufio.NewReaderSize(source, buffer))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err == io.EOF {
		return 0, 0, errors.New(": is empty")
	}
	if err != nil {
		return 0, 0, explain(reader, err)
	}
	chosen, err := indices(header, columns)
	if err != nil {
		return 0, 0, err
	}
	if err := write(out, header); err != nil {
		return 0, 0, err
	}
	seen := map[key]struct{}{}
	var text []byte
	for {
		row, err := reader.Read()
		if err == io.EOF {
			return kept, dropped, nil
		}
		if err != nil {
			return 0, 0, explain(reader, err)
		}
		text = text[:0]
		for _, index := range chosen {
			// The length before each cell: ("ab", "c") is not ("a", "bc").
			text = binary.AppendUvarint(text, uint64(len(row[index])))
			text = append(text, row[index]...)
		}
		sum := sha256.Sum256(text)
		if _, known := seen[key(sum[:16])]; known {
			dropped++
			continue
		}
		if kept >= most {
			return 0, 0, fmt.Errorf(": has more than %d different rows, which is what fits into the task's memory; ask for more memory", most)
		}
		for number, cell := range row {
			if !utf8.ValidString(cell) {
				line, _ := reader.FieldPos(number)
				return 0, 0, fmt.Errorf(":%d: cannot be read as UTF-8", line)
			}
		}
		seen[key(sum[:16])] = struct{}{}
		kept++
		if err := write(out, row); err != nil {
			return 0, 0, err
		}
	}
}

// indices are those of the columns with these names; of all when there are no names.
func indices(header, names []string) ([]int, error) {
	places := map[string]int{}
	all := make([]int, len(header))
	for index, name := range header {
		places[name], all[index] = index, index
	}
	if len(names) == 0 {
		return all, nil
	}
	found := make([]int, len(names))
	for number, name := range names {
		index, ok := places[name]
		if !ok {
			return nil, fmt.Errorf(": has no column %s; it has %s", name, strings.Join(header, ", "))
		}
		found[number] = index
	}
	return found, nil
}

// write writes a row. The standard library's writer makes an empty line of a single empty cell, which is no row to any reader.
func write(out *bufio.Writer, row []string) error {
	for number, cell := range row {
		if number > 0 {
			out.WriteByte(',')
		}
		if strings.ContainsAny(cell, ",\"\r\n") || (cell == "" && len(row) == 1) {
			out.WriteString("\"" + strings.ReplaceAll(cell, "\"", "\"\"") + "\"")
		} else {
			out.WriteString(cell)
		}
	}
	return out.WriteByte('\n') // an error stays with the writer: this one tells of those before
}

// explain says in which line a table is wrong.
func explain(reader *csv.Reader, err error) error {
	var wrong *csv.ParseError
	if !errors.As(err, &wrong) {
		return fmt.Errorf(": cannot be read: %w", err)
	}
	if errors.Is(err, csv.ErrFieldCount) {
		return fmt.Errorf(":%d: another number of cells than the header's %d", wrong.Line, reader.FieldsPerRecord)
	}
	return fmt.Errorf(":%d: no CSV: %w", wrong.Line, wrong.Err)
}

// find is the one table of a folder.
func find(folder string) (string, error) {
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && (strings.HasSuffix(path, ".csv") || strings.HasSuffix(path, ".csv.gz")) {
			found = append(found, path)
		}
		return err
	})
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("the input needs exactly one .csv or .csv.gz file, found %d", len(found))
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// open opens a table, unpacked.
func open(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil || !strings.HasSuffix(path, ".gz") {
		return file, err
	}
	return gzip.NewReader(bufio.NewReaderSize(file, buffer))
}
