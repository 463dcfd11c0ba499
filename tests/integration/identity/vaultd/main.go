// A Vault for tests: the core, the HTTP interface, KV version 2 and the JWT auth method of Vault 1.1.2, in memory and on a
// loopback port. Later versions are not free software. Usage: vaultd PORT
package main

import (
	"net/http"
	"os"
	"time"

	log "github.com/hashicorp/go-hclog"
	jwt "github.com/hashicorp/vault-plugin-auth-jwt"
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/helper/consts"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/logical"
	"github.com/hashicorp/vault/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

// builtin has no plugins: those that are needed are compiled in.
type builtin struct{}

func (builtin) Contains(string, consts.PluginType) bool { return false }

func (builtin) Keys(consts.PluginType) []string { return nil }

func (builtin) Get(string, consts.PluginType) (func() (interface{}, error), bool) { return nil, false }

func main() {
	address := "127.0.0.1:" + os.Args[1]
	logger := log.New(&log.LoggerOptions{Level: log.Info, Output: os.Stderr, Name: "vaultd"})
	storage, err := inmem.NewInmem(nil, logger)
	stopOn(logger, err)
	core, err := vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		RedirectAddr:       "http://" + address,
		DisableMlock:       true,
		Logger:             logger,
		BuiltinRegistry:    builtin{},
		CredentialBackends: map[string]logical.Factory{"jwt": jwt.Factory},
		LogicalBackends:    map[string]logical.Factory{"kv": kv.Factory},
	})
	stopOn(logger, err)
	handler := vaulthttp.Handler(&vault.HandlerProperties{
		Core:               core,
		MaxRequestSize:     vaulthttp.DefaultMaxRequestSize,
		MaxRequestDuration: time.Minute,
	})
	stopOn(logger, http.ListenAndServe(address, handler))
}

func stopOn(logger log.Logger, err error) {
	if err != nil {
		logger.Error("cannot go on", "error", err)
		os.Exit(1)
	}
}
