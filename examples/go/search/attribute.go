package main

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/libblockpack/libblockpack/go"
)

// attribute is a named value as OTLP/JSON writes it.
type attribute struct {
	Key   string         `json:"key"`
	Value map[string]any `json:"value"`
}

// attributesOf leaves out what is absent, and what every span has anyway.
func attributesOf(names []string, values []blockpack.Value) []attribute {
	var all []attribute
	for i, name := range names {
		if !values[i].IsAbsent() {
			all = append(all, attributeOf(keyOf(name), values[i]))
		}
	}
	return all
}

func attributeOf(key string, value blockpack.Value) attribute {
	return attribute{Key: key, Value: anyValue(value)}
}

// keyOf makes of a name as queries have it the one that UIs show: without the scope.
func keyOf(name string) string {
	for _, scope := range []string{"span", "resource", "instrumentation", "event", "link", "trace", ""} {
		if key, ok := strings.CutPrefix(name, scope+"."); ok {
			return key
		}
		if key, ok := strings.CutPrefix(name, scope+":"); ok {
			return key
		}
	}
	return name
}

// anyValue writes a value as an AnyValue of OTLP/JSON.
func anyValue(value blockpack.Value) map[string]any {
	switch value.Kind() {
	case blockpack.KindBool:
		return map[string]any{"boolValue": value.Bool()}
	case blockpack.KindInt, blockpack.KindUint, blockpack.KindTime:
		return map[string]any{"intValue": integer(value)}
	case blockpack.KindFloat:
		return map[string]any{"doubleValue": float(value.Float())}
	case blockpack.KindBytes:
		return map[string]any{"bytesValue": base64.StdEncoding.EncodeToString(value.Bytes())}
	case blockpack.KindDuration:
		return map[string]any{"stringValue": value.Duration().String()}
	case blockpack.KindList:
		items, _ := value.Items() // of a list, which this is
		values := []any{}
		for _, item := range items {
			values = append(values, anyValue(item))
		}
		return map[string]any{"arrayValue": map[string]any{"values": values}}
	}
	return map[string]any{"stringValue": value.String()}
}

// integer writes a number as text, as OTLP/JSON does with 64 bits.
func integer(value blockpack.Value) string {
	if value.Kind() == blockpack.KindInt {
		return strconv.FormatInt(value.Int(), 10)
	}
	return strconv.FormatUint(value.Uint(), 10)
}

// float is a number that may be none, which JSON has no number for.
type float float64

func (f float) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(f), 'g', -1, 64)
	switch text {
	case "NaN":
		return []byte(`"NaN"`), nil
	case "+Inf":
		return []byte(`"Infinity"`), nil
	case "-Inf":
		return []byte(`"-Infinity"`), nil
	}
	return []byte(text), nil
}
