// Checks what Huying's log publishes with the Go team's own code (golang.org/x/mod/sumdb), as Debian ships it.
//
// Reads one JSON object a line and answers each with one: {"ok": true}, or {"ok": false, "why": "…"}.
package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Kind                       string
	Vkey, Note, Text           string // note
	Proof                      [][]byte
	Size, Index, Old           int64
	Root, OldRoot, Entry, Hash []byte
	Folder                     string // tiles
}

type answer struct {
	Ok    bool     `json:"ok"`
	Why   string   `json:"why,omitempty"`
	Roots [][]byte `json:"roots,omitempty"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		var reply answer
		if asked.Kind == "roots" {
			reply.Roots, err = roots(asked.Size)
		} else {
			err = check(asked)
		}
		reply.Ok = err == nil
		if err != nil {
			reply.Why = err.Error()
		}
		out.Encode(reply)
	}
}

func check(q question) error {
	switch q.Kind {
	case "note":
		return checkNote(q)
	case "cosignature":
		verifier, err := newCosigner(q.Vkey)
		if err != nil {
			return err
		}
		return checkOpened(q, verifier)
	case "inclusion":
		proof, err := hashes(q.Proof)
		if err != nil {
			return err
		}
		root, err := hash(q.Root)
		if err != nil {
			return err
		}
		return refused(func() error { return tlog.CheckRecord(proof, q.Size, root, q.Index, tlog.RecordHash(q.Entry)) })
	case "consistency":
		proof, err := hashes(q.Proof)
		if err != nil {
			return err
		}
		root, err := hash(q.Root)
		if err != nil {
			return err
		}
		old, err := hash(q.OldRoot)
		if err != nil {
			return err
		}
		return refused(func() error { return tlog.CheckTree(proof, q.Size, root, q.Old, old) })
	case "tiles":
		return checkTiles(q)
	}
	return errors.New("unknown kind " + q.Kind)
}

// refused turns the panic with which this library meets sizes out of range into an error.
func refused(run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return run()
}

func checkNote(q question) error {
	verifier, err := note.NewVerifier(q.Vkey)
	if err != nil {
		return err
	}
	return checkOpened(q, verifier)
}

func checkOpened(q question, verifier note.Verifier) error {
	opened, err := note.Open([]byte(q.Note), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	if opened.Text != q.Text {
		return errors.New("another text")
	}
	return nil
}

// cosigner checks signatures of type cosignature/v1 (c2sp.org/tlog-cosignature) for note.Open.
type cosigner struct {
	name   string
	hash   uint32
	public ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.public, []byte(signed), sig[8:])
}

func newCosigner(vkey string) (found cosigner, err error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return found, errors.New("no vkey")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return found, errors.New("no key of a cosigner")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return found, errors.New("key and key id do not fit")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(key[1:])}, nil
}

// checkTiles proves every asked entry from the files alone.
func checkTiles(q question) error {
	root, err := hash(q.Root)
	if err != nil {
		return err
	}
	tree := tlog.Tree{N: q.Size, Hash: root}
	reader := tlog.TileHashReader(tree, files{q.Folder})
	proof, err := tlog.ProveRecord(q.Size, q.Index, reader)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, q.Size, root, q.Index, tlog.RecordHash(q.Entry))
}

// files reads tiles as c2sp.org/tlog-tiles lays them out: Go's paths have the height of a tile in front.
type files struct{ folder string }

func (f files) Height() int { return 8 }

func (f files) ReadTiles(tiles []tlog.Tile) (data [][]byte, err error) {
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(f.folder, filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		data = append(data, content)
	}
	return data, nil
}

func (f files) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

// roots returns the roots of the trees of 1…size leaves, leaf i being the decimal of i.
func roots(size int64) ([][]byte, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	var all [][]byte
	for n := int64(0); n < size; n++ {
		more, err := tlog.StoredHashes(n, []byte(fmt.Sprint(n)), reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
		root, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			return nil, err
		}
		all = append(all, append([]byte{}, root[:]...))
	}
	return all, nil
}

func hashes(list [][]byte) (found []tlog.Hash, err error) {
	for _, each := range list {
		one, err := hash(each)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

func hash(data []byte) (found tlog.Hash, err error) {
	if len(data) != tlog.HashSize {
		return found, errors.New("not 32 bytes")
	}
	copy(found[:], data)
	return found, nil
}
