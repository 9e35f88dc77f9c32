// Serves the block files of a folder over HTTP to a trace UI, such as Grafana with its Tempo data
// source: search [flags] FOLDER
//
// Shows: one list of blocks shared by all requests, queries that end when the request does, a memory
// budget, files that come and go while requests run, what to measure, and an orderly end: requests
// finish, everything is released, and the library holds nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/libblockpack/libblockpack/go"
)

// settings are what the flags say.
type settings struct {
	folder      string
	listen      string
	reload      time.Duration
	grace       time.Duration
	timeout     time.Duration
	maxQueries  int
	queryMemory uint64
}

func main() {
	var s settings
	flag.StringVar(&s.listen, "listen", "127.0.0.1:3200", "address to listen on")
	flag.DurationVar(&s.reload, "reload", 30*time.Second, "how often to look for new and removed files; 0: only on SIGHUP and /-/reload")
	flag.DurationVar(&s.grace, "grace", 10*time.Second, "how long requests may go on after SIGINT or SIGTERM")
	flag.DurationVar(&s.timeout, "timeout", 30*time.Second, "how long a request may take")
	flag.IntVar(&s.maxQueries, "max-queries", 8, "how many queries may run at a time; others wait")
	flag.Uint64Var(&s.queryMemory, "query-memory", 256<<20, "bytes that all queries together may use, blocks not counted")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] FOLDER\n", os.Args[0])
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	s.folder = flag.Arg(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, s)
	fmt.Println("bytes held in the end:", blockpack.BytesHeld())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if alive := blockpack.LiveHandles(); alive != 0 {
		fmt.Fprintln(os.Stderr, alive, "objects are alive in the end")
		os.Exit(1)
	}
}

// run serves the folder until ctx ends.
func run(ctx context.Context, s settings) error {
	store, err := openStore(s.folder)
	if err != nil {
		return err
	}
	defer store.close()
	service, err := newService(store, s)
	if err != nil {
		return err
	}
	defer service.close()
	listener, err := net.Listen("tcp", s.listen)
	if err != nil {
		return err
	}
	slog.Info("listening", "address", "http://"+listener.Addr().String(), "files", store.fileCount())
	return service.serve(ctx, listener)
}

// lastGrace is how long requests may go on after their context has ended.
const lastGrace = 5 * time.Second

// serve answers requests until ctx ends, and then lets those that are running finish.
func (s *service) serve(ctx context.Context, listener net.Listener) error {
	// Requests live in a context of their own: they do not end with ctx, only with their grace.
	requests, abandon := context.WithCancel(context.Background())
	defer abandon()
	server := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	var fresh sync.WaitGroup
	defer fresh.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	fresh.Add(1)
	go func() {
		defer fresh.Done()
		s.store.keepFresh(ctx, s.settings.reload)
	}()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}

	slog.Info("stopping")
	s.stopping.Store(true)
	err := shutdown(server, s.settings.grace)
	if errors.Is(err, context.DeadlineExceeded) {
		// Queries end soon after their context; then handlers give back what they hold.
		abandon()
		err = shutdown(server, lastGrace)
	}
	return err
}

// shutdown waits for the requests that are running, for so long at most.
func shutdown(server *http.Server, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return server.Shutdown(ctx)
}
