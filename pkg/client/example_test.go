package client_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"

	"github.com/aldis-rtc/aldis/pkg/client"
	"github.com/aldis-rtc/aldis/pkg/wire"
)

// Two peers meet in a room, one sends the other an offer and knows that it arrived.
func Example() {
	url, stop := startGateway() // in life: wss://signal.example.com
	defer stop()
	ctx := context.Background()

	offered := make(chan client.SignalEvent, 1)
	bob, err := client.Connect(ctx, url, client.Options{
		Peer: "bob",
		Handle: func(ev client.Event) {
			switch ev := ev.(type) {
			case client.SignalEvent:
				offered <- ev
			case client.Connected:
				fmt.Println("bob is connected, resumed:", ev.Resumed)
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer bob.Close(ctx)
	if _, err := bob.Join(ctx, "lobby", json.RawMessage(`{"name":"Bob"}`)); err != nil {
		log.Fatal(err)
	}

	delivered := make(chan client.Receipt, 1)
	alice, err := client.Connect(ctx, url, client.Options{
		Peer: "alice",
		Handle: func(ev client.Event) {
			if r, ok := ev.(client.Receipt); ok {
				delivered <- r
			}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer alice.Close(ctx)
	lobby, err := alice.Join(ctx, "lobby", nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range lobby.Peers {
		fmt.Printf("alice sees %s %s, polite: %v\n", p.Peer, p.Meta, p.Polite)
	}
	ack, err := alice.Signal(ctx, client.Signal{To: "bob", Kind: wire.KindOffer, Data: json.RawMessage(`{"sdp":"v=0"}`), Receipt: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the service keeps it:", ack.Status)
	got := <-offered
	fmt.Printf("bob has %s from %s: %s\n", got.Kind, got.From, got.Data)
	fmt.Println("alice knows:", (<-delivered).Status)
	// Output:
	// bob is connected, resumed: false
	// alice sees bob {"name":"Bob"}, polite: false
	// the service keeps it: sent
	// bob has offer from alice: {"sdp":"v=0"}
	// alice knows: delivered
}
