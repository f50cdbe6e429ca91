// Verify-log checks a tiled log with the verifiers of the Go checksum database, golang.org/x/mod/sumdb/note and
// golang.org/x/mod/sumdb/tlog: code that knows nothing of who wrote the log.
//
// It opens the checkpoint under the log's key and each witness's, reads the tiles over HTTP, recomputes the root from them,
// proves every entry into it, and, given an older checkpoint, proves that nothing before it has changed. What it found is
// one line of JSON on stdout; the first thing that does not hold is one line on stderr, and exit status 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// C2SP tlog-tiles: 256 hashes a tile, and as many entries a bundle.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	maxBytes   = 32 << 20
)

type report struct {
	Origin       string   `json:"origin"`
	Size         int64    `json:"size"`
	Root         string   `json:"root"`
	Entries      int64    `json:"entries"`
	Cosignatures []string `json:"cosignatures"`
	ExtendsSize  int64    `json:"extendsSize,omitempty"`
}

// A list is a flag that may be given more than once.
type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	var witnesses list
	base := flag.String("url", "", "`URL` below which the log's checkpoint and tiles are")
	vkey := flag.String("vkey", "", "verifier `key` of the log")
	old := flag.String("old", "", "`file` with an older checkpoint of the log")
	flag.Var(&witnesses, "witness", "verifier `key` of a witness that must have cosigned")
	flag.Parse()
	if *base == "" || *vkey == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	found, err := verify(*base, *vkey, witnesses, *old)
	if err != nil {
		fmt.Fprintln(os.Stderr, "verify-log:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(found)
}

func verify(base, vkey string, witnesses []string, old string) (*report, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("the log's key: %w", err)
	}
	text, err := get(base + "/checkpoint")
	if err != nil {
		return nil, err
	}
	tree, err := openCheckpoint(text, verifier)
	if err != nil {
		return nil, fmt.Errorf("the checkpoint: %w", err)
	}
	found := &report{Origin: verifier.Name(), Size: tree.N, Root: tree.Hash.String(), Cosignatures: []string{}}
	for _, key := range witnesses {
		witness, err := newWitness(key)
		if err != nil {
			return nil, fmt.Errorf("a witness's key: %w", err)
		}
		if _, err := note.Open(text, note.VerifierList(witness)); err != nil {
			return nil, fmt.Errorf("the cosignature of %s: %w", witness.Name(), err)
		}
		found.Cosignatures = append(found.Cosignatures, witness.Name())
	}
	// Every tile that this reader hands out is one that the tree's root stands for.
	hashes := tlog.TileHashReader(tree, &tiles{base})
	if found.Entries, err = checkEntries(base, tree, hashes); err != nil {
		return nil, err
	}
	if old == "" {
		return found, nil
	}
	before, err := os.ReadFile(old)
	if err != nil {
		return nil, err
	}
	earlier, err := openCheckpoint(before, verifier)
	if err != nil {
		return nil, fmt.Errorf("the older checkpoint: %w", err)
	}
	proof, err := tlog.ProveTree(tree.N, earlier.N, hashes)
	if err != nil {
		return nil, fmt.Errorf("consistency: %w", err)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, earlier.N, earlier.Hash); err != nil {
		return nil, fmt.Errorf("consistency: %w", err)
	}
	found.ExtendsSize = earlier.N
	return found, nil
}

// openCheckpoint reads a checkpoint of exactly three lines (C2SP tlog-checkpoint) under its log's key.
func openCheckpoint(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("not three lines that begin with the log's origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 1 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("no size")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkEntries proves each entry of each bundle into the tree.
func checkEntries(base string, tree tlog.Tree, hashes tlog.HashReader) (int64, error) {
	for first := int64(0); first < tree.N; first += tileWidth {
		bundle := tlog.Tile{H: tileHeight, L: 0, N: first / tileWidth, W: tileWidth}
		if tree.N-first < tileWidth {
			bundle.W = int(tree.N - first)
		}
		data, err := get(base + "/" + strings.Replace(path(bundle), "tile/0/", "tile/entries/", 1))
		if err != nil {
			return 0, err
		}
		for i := first; i < first+int64(bundle.W); i++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return 0, fmt.Errorf("entry %d is cut off", i)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			entry := tlog.RecordHash(data[2:end])
			data = data[end:]
			proof, err := tlog.ProveRecord(tree.N, i, hashes)
			if err != nil {
				return 0, fmt.Errorf("entry %d: %w", i, err)
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, i, entry); err != nil {
				return 0, fmt.Errorf("entry %d: %w", i, err)
			}
		}
		if len(data) > 0 {
			return 0, fmt.Errorf("bundle %d has more than its entries", bundle.N)
		}
	}
	return tree.N, nil
}

// tiles reads the tiles of a log over HTTP.
type tiles struct{ base string }

func (t *tiles) Height() int                     { return tileHeight }
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := get(t.base + "/" + path(tile))
		if err != nil {
			return nil, err
		}
		read[i] = data
	}
	return read, nil
}

// path is where C2SP tlog-tiles has a tile: the checksum database's path without the height.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
}

var client = &http.Client{Timeout: 30 * time.Second}

func get(url string) ([]byte, error) {
	response, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxBytes))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, response.Status)
	}
	return data, err
}

// A witness verifies cosignature/v1 lines (C2SP tlog-cosignature v1.0.1), which are younger than sumdb/note.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

const cosignatureV1 = 4

func newWitness(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not name+id+key")
	}
	id, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureV1 {
		return nil, errors.New("not a key for cosignature/v1")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if binary.BigEndian.Uint32(sum[:]) != uint32(id) {
		return nil, errors.New("the id is another key's")
	}
	return &witness{parts[0], uint32(id), key[1:]}, nil
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

func (w *witness) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	var signed bytes.Buffer
	fmt.Fprintf(&signed, "cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	signed.Write(msg)
	return ed25519.Verify(w.key, signed.Bytes(), sig[8:])
}
