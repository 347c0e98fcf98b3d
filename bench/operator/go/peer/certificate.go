package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	leafLifetime      = 90 * 24 * time.Hour
	renewBeforeEnd    = leafLifetime / 3
)

// authority signs the bots' certificates. Its key lives in one Secret of the operator's namespace.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
	issuer      string
	bundle      string
}

// loadAuthority reads the CA, or makes it the first time. It runs once, at the start.
func loadAuthority(ctx context.Context, c client.Client) (*authority, error) {
	secret := &corev1.Secret{}
	err := c.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: "callbot-ca"}, secret)
	if apierrors.IsNotFound(err) {
		secret, err = makeAuthority()
		if err == nil {
			err = c.Create(ctx, secret)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("Secret callbot-ca in %s: %w", operatorNamespace, err)
	}
	certificate, err := x509.ParseCertificate(decode(secret.Data["tls.crt"]))
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(decode(secret.Data["tls.key"]))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(secret.Data["tls.crt"])
	return &authority{
		certificate: certificate, key: key, pem: secret.Data["tls.crt"],
		issuer: certificate.SerialNumber.Text(16), bundle: hex.EncodeToString(sum[:]),
	}, nil
}

func makeAuthority() (*corev1.Secret, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateTemplate("callbot CA", authorityLifetime)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	data, err := pair(der, key)
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "callbot-ca"},
		Type:       "callbots.dev/ca", Data: data,
	}, err
}

// issue makes a key pair and a certificate for the bot's names.
func (a *authority) issue(names []string) (map[string][]byte, *CertificateStatus, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := certificateTemplate(names[0], leafLifetime)
	template.DNSNames = names
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return nil, nil, err
	}
	data, err := pair(der, key)
	if err != nil {
		return nil, nil, err
	}
	data["ca.crt"] = a.pem
	return data, &CertificateStatus{
		Serial: template.SerialNumber.Text(16), Issuer: a.issuer, Bundle: a.bundle,
		NotBefore: metav1.NewTime(template.NotBefore), NotAfter: metav1.NewTime(template.NotAfter),
	}, nil
}

// renewalTime is when a certificate should be replaced; the zero time when it should be now.
func (a *authority) renewalTime(held *CertificateStatus) time.Time {
	if held == nil || held.Issuer != a.issuer || held.Bundle != a.bundle {
		return time.Time{}
	}
	return held.NotAfter.Add(-renewBeforeEnd)
}

func certificateTemplate(commonName string, lifetime time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	now := time.Now().UTC().Truncate(time.Second)
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now, NotAfter: now.Add(lifetime),
	}
}

func pair(der []byte, key *ecdsa.PrivateKey) (map[string][]byte, error) {
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"tls.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"tls.key": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

func decode(text []byte) []byte {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	return block.Bytes
}
