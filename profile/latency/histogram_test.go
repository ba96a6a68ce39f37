package latency

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestBucketsAreThoseOfHdr(t *testing.T) {
	h := hdrhistogram.New(1, int64(Highest), 3)
	if err := h.RecordValue(int64(Highest)); err != nil {
		t.Fatal(err)
	}
	bars := h.Distribution()
	if len(bars) != bucketCount(fullSubBits) {
		t.Fatalf("library has %d buckets, bucketCount %d", len(bars), bucketCount(fullSubBits))
	}
	for i, bar := range bars {
		low, high := boundsOf(i, fullSubBits)
		if int64(low) != bar.From || int64(high) != bar.To {
			t.Fatalf("bucket %d is [%d, %d], library has [%d, %d]", i, low, high, bar.From, bar.To)
		}
		if bucketOf(low, fullSubBits) != i || bucketOf(high, fullSubBits) != i {
			t.Fatalf("bucketOf(%d) = %d, bucketOf(%d) = %d, want %d", low, bucketOf(low, fullSubBits), high, bucketOf(high, fullSubBits), i)
		}
	}
}
