/* SPDX-License-Identifier: ISC */
/*
 * Tokens and keys of implementations other than ours: of the RFCs, and signed
 * with python3-cryptography, whose private keys were forgotten. Each bad token
 * is bad in one way, and signed as well as it can be then.
 */
#include "common/errors.h"
#include "tests/unit/oidc_vectors.h"

/* an RSA key, another for RS256 alone, one of P-256, one of Ed25519 */
const char vectors_keys[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"zh4k6yuEO5Wflg4vlm246TiCte58xcytY"
    "AK_oWzy-wd5zk2Z69vTc3cxlpVnsgkZJs71ict5rQlJDjUxydK6Fs0vNjcS1"
    "6FHxgLqIUhXsGYLgAzKX0suK2C_lEiyiFUIyyqrjNXlH9HX_DQhZzfxzsRWN"
    "O-PjMGjVh2jQKix5yi_OfRJAnl1VyycmDZvch5h-xqPn6lWYbeQVd6Alelme"
    "zqx6XrUqHDzqatxIAqh_oPmD8hX_DQU0gzLBwgKMbLVTR_hgCCH-2YEns1QC"
    "LX4VQ_d84W0iXdJ53PG3hvoaH3MfNFdvZfYY0pdzg6G5xhlO5BRxsmMMa4Tw"
    "XWgO6qnww\",\"e\":\"AQAB\",\"kid\":\"rsa\",\"use\":\"sig\"},{\"kty\":"
    "\"RSA\","
    "\"n\":\"jl5el99jzgeqlkBn9QR7PClnNdeEjTUHMQZHB07kErv56Az6zINBOJx"
    "meQ4HgIlcpckcC6Bqu7ZYxhHOWiw-jfgl36wHeyqc36oiLLma4wcRQSNUnBN"
    "SjB9S93tA2sinUAbhZfYUrmQ6EoxU_z1PkgSaCMlWk8J4aO4YR8nJGGEhfTF"
    "eIgJA0UgROq6YL_9Wtdw1V2pSriI4C7Q9tw67xOWP6LjxCkKcgYMVP9F-pRi"
    "aZkoOynyaa9fBH-lboHrjPGTLdJPUjYwYAgDE0PP65dCMJyHIf3dIRb__L7Q"
    "UxmRyoaHXh37iq3_OEDOv-j4akgN-kBnfzZFs9LpyYvoONQ\",\"e\":\"AQAB\","
    "\"kid\":\"rs\",\"alg\":\"RS256\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
    "\"cpo"
    "JZoGnsWaSHGPeH3bnJICDDilxGJ02BjX90-JLCu8\",\"y\":\"1Nn5aotg1x8BC"
    "0FNct8rcp7utl6toqQX4m_SKEw_aoM\",\"kid\":\"ec\"},{\"kty\":\"OKP\",\"cr"
    "v\":\"Ed25519\",\"x\":\"20fkfVD_MB57xKnSOAAEMbpL0n76E5_mZrEO4ghcsR"
    "I\",\"kid\":\"ed\",\"alg\":\"EdDSA\",\"use\":\"sig\"}]}";

/* the same without their names */
const char vectors_unnamed[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"zh4k6yuEO5Wflg4vlm246TiCte58xcytY"
    "AK_oWzy-wd5zk2Z69vTc3cxlpVnsgkZJs71ict5rQlJDjUxydK6Fs0vNjcS1"
    "6FHxgLqIUhXsGYLgAzKX0suK2C_lEiyiFUIyyqrjNXlH9HX_DQhZzfxzsRWN"
    "O-PjMGjVh2jQKix5yi_OfRJAnl1VyycmDZvch5h-xqPn6lWYbeQVd6Alelme"
    "zqx6XrUqHDzqatxIAqh_oPmD8hX_DQU0gzLBwgKMbLVTR_hgCCH-2YEns1QC"
    "LX4VQ_d84W0iXdJ53PG3hvoaH3MfNFdvZfYY0pdzg6G5xhlO5BRxsmMMa4Tw"
    "XWgO6qnww\",\"e\":\"AQAB\",\"use\":\"sig\"},{\"kty\":\"RSA\",\"n\":"
    "\"jl5el99"
    "jzgeqlkBn9QR7PClnNdeEjTUHMQZHB07kErv56Az6zINBOJxmeQ4HgIlcpck"
    "cC6Bqu7ZYxhHOWiw-jfgl36wHeyqc36oiLLma4wcRQSNUnBNSjB9S93tA2si"
    "nUAbhZfYUrmQ6EoxU_z1PkgSaCMlWk8J4aO4YR8nJGGEhfTFeIgJA0UgROq6"
    "YL_9Wtdw1V2pSriI4C7Q9tw67xOWP6LjxCkKcgYMVP9F-pRiaZkoOynyaa9f"
    "BH-lboHrjPGTLdJPUjYwYAgDE0PP65dCMJyHIf3dIRb__L7QUxmRyoaHXh37"
    "iq3_OEDOv-j4akgN-kBnfzZFs9LpyYvoONQ\",\"e\":\"AQAB\",\"alg\":\"RS256"
    "\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"cpoJZoGnsWaSHGPeH3bnJICDDi"
    "lxGJ02BjX90-JLCu8\",\"y\":\"1Nn5aotg1x8BC0FNct8rcp7utl6toqQX4m_S"
    "KEw_aoM\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"20fkfVD_MB57xKnS"
    "OAAEMbpL0n76E5_mZrEO4ghcsRI\",\"alg\":\"EdDSA\",\"use\":\"sig\"}]}";

/* RFC 7517, appendix A.1 */
const char vectors_rfc7517[] =
    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"MKBCTNIcKUSDii11ySs3"
    "526iDZ8AiTo7Tu6KPAqv7D4\",\"y\":\"4Etl6SRW2YiLUrN5vfvVHuhp7x8Pxl"
    "tmWWlbbM4IFyM\",\"use\":\"enc\",\"kid\":\"1\"},{\"kty\":\"RSA\",\"n\":"
    "\"0vx7"
    "agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86z"
    "wu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W"
    "-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
    "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbIS"
    "D08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBni"
    "Iqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS"
    "256\",\"kid\":\"2011-04-29\"}]}";

/* RFC 7515, appendices A.2 and A.3; RFC 8037, appendix A.4 */
const struct vectors_rfc vectors_rfc[VECTORS_RFC] = {
    {"RFC 7515, A.2",
	"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd"
	"_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d"
	"4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzj"
	"b_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBE"
	"Ma2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGh"
	"yxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4"
	"FRWyuXpoQ\",\"e\":\"AQAB\"}]}",
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTk"
	"zODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4h"
	"iUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7"
	"AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKB"
	"YNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
	"1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZES"
	"c6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5A"
	"XLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
	0},
    {"RFC 7515, A.3",
	"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
	"\"f83OJ3D2xF1Bg8vub9tL"
	"e1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCy"
	"StikYjKIWI5a0\",\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E"
	"9LI\"}]}",
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTk"
	"zODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEh"
	"U3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
	"pmWQxfKTUJqPP3-Kg6NU1Q",
	0},
    {"RFC 8037, A.4",
	"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
	"7Ty"
	"WQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgy"
	"Y0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5"
	"BhVsPt9g7sVvpAr_MuM0KAg",
	VB_ESYNTAX},
};

const struct vectors_good vectors_good[] = {
    {"RS256",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.c0eoRuSMal9"
	"_Y_tNntgwAC3pO0uRji53XhHEyd9ayqOzfEvvoa8kYB7YmOhFnX4bD8StvrU"
	"n88EaYDvwMYbK-sofp6KxoTcND5rWbdRKeqRw6LwxNxPm5DahpiN9TUzx43O"
	"_gm1UTxobBScbVULM1qkWDe_XrL1sf336UjYeIK8nRyXUvX3STNX-vhwyP0m"
	"tMm8iMQMOX4Bz1Jj9fkm4oeVF3AI2ldmXUwKYbIk2WYHpO06I9TSianC_ibd"
	"_nriJ-J3AyvaM5IrVLfaQaI9aJOay8qxIUOAW83vMrkX98kpt4FzqNt-q6iw"
	"ZdJX8stS7loudQzDRlak0zIFZ8Tkhiw"},
    {"RS256 of a key for it alone",
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.gz3lKWh4l0am"
	"F9mF5CpphJy99HrnX1Zw1koPK1w5XuYvKinHNu7bdi1P6suur0M3S_Zpi64x"
	"tKJ2BAfooQoupeo6zDxIfXzBCnn4Lsf68jWVvD83xIR8HtFU3mFQmuR3qjtY"
	"NrpX7NSP84sQFl5zFIZCjDvqKKBfF0tisEWs5b7hvTxVMxNadCd5PXZFRYQD"
	"us2gEyNJUo8NSmmNAJfivx9THYftT_1n1kMoSiuHEZ1pXSsvyyXGpUSD5XoC"
	"7I7ka1T9hCksAInuTZkVcW1idlh0Nk8Y0ecX-pYjPcDkbbvuMQbubZzGekom"
	"lmek_3ZHvtrzUu0lNzi-sggICoQjKA"},
    {"PS256",
	"eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2l"
	"kLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.eHh3Pm5cDmA"
	"8z1O7PY_xwjkwR8EaIpY6NX_VD7dnia34UEHWz0Ic26A0sY6bN0ZrLQGcdKW"
	"zvFq3Ox55BETCrQjYSWXSVVLOqH5N8IJoFF04w30G_1pmNG6KrwN6hZfA0Xz"
	"uQ9geI6g0zaKcnrpYF431dhXIH_srKC3J2WZC_allb3gQyqnGlV0etNVElx3"
	"PJDnHDJbh7I-pyiY5rzRQTybStOIIaYq-xNBuBXXFp3ZPac_8I-w8vBXlRA0"
	"1Y7LkvmI8GkWnuGjMG_vDzRqvkd2F3XVGZ9nJIS-qAS4RBgJz98a8UWd50_h"
	"JtBJXOCVXUj0ef_dY6tS0OSlYkGOZUw"},
    {"ES256",
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.gLyGNw_hQeRd"
	"EtD4F_QI03SNkkBf5C3W2E8r9zjZM1xqHB-kck0UHQHeVPzFXvdrcGzreGMr"
	"1gcCm20bHB4HFg"},
    {"EdDSA",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.NqyP8lKjgACz"
	"Y9Vf0Ti1i665yJIkbOYLP_ywQRYmY4Qp3sY84pcVaHNXFaKWPuMrELj_MYIp"
	"qQlbhwAyke1BBw"},
    {"ES256 with the larger s",
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIn0.eyJpc3MiOiJodHRwczovL2lk"
	"LmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.E7zmCikCKyfl"
	"K661ZZxZpNZfhjddOIXElaQKbMyWpQDbZnKWXbPDT_1ZwPYui4WvT7fYb4z3"
	"ZCaGpt04ue11cQ"},
    {"without a kid, of the first that fits",
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.FDpd9YOHWVUaNJyN7LGnSlKyKbq"
	"aaQUbAc2Jym7tLIyCCrgqUATdGPjRp59J-RRAhfhnsSCSgd18GnF560KZPMQ"
	"tp66_Jmp0xP7fsxJd2JWpOYSl4NzgHDSicu6MQfztzkgK5wuCnjST1IbR_FW"
	"v_clVB6PvFolh0o0qxh7EhMqKf6PktwFajx2ZbmCt4H_F2qNiB0d4osWeDx8"
	"-yzC6NWMRrVhw8pl5IL1EChxSnl7X90ygSbauEH0KTB5fqJu0_Ro2vJQHO7P"
	"vXNwIcdCn8BAvX7ySTWujpvxDtAz8BB6iperqqERBSEB-GerHN35bUHdrEAp"
	"Ovcvyrz-In4xx-Q"},
    {"without a kid, of the second that fits",
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.LlApbZSFbl8Ch3EHV7uvRGJl3e9"
	"F8Yy1ndGx5BEo_YMbsnWMco4ae50z3JVF7uPV36DIqLpx_hduRRySHL_25fJ"
	"To05x9Jo8YSbgRIpR3Zvpw1kgAVW2cJ7UlzTsjLQOLvuVdy1OsoMq4s9kDvo"
	"7Q8n5pYYCKeO5ACbI1ZiITcxIkV3fMoHjDciKIhuFcJ9xx11kR1v-66lYOBI"
	"LskCrhIW8ntoxCEuqaIDbaMJQwSwNejYaPZEpp8lJVJaMjo18VtiqZ9jQv7R"
	"_0lN_YCSaPI3rtrPm_HrYa6q1zOG4bMAx5qnKDHFRqvG9q6IrDrvMNKr0xDo"
	"yaFTgJHr3Fob9rg"},
    {"ES256 without a kid",
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.jUB11ZcEe2iIxBzaVOc84UZEmPz"
	"aHwYxh6W_RdzhQqXcLEnUZCGPZ8UnUY19omRp_RJH7zKZvSktPLfQKGBcfg"},
    {"EdDSA without a kid",
	"eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29"
	"tIiwic3ViIjoiMjQ4Mjg5NzYxMDAxIn0.MzNc68Ql397YJcibz2deT5PoFmr"
	"TxD2e9zswMvp_c4cQeEKTIgnyxPzq5D0-xY95n8L7fdcd1l9u8owDr3yaAg"},
    {"typ and unknown members",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiSldUIiwieCI6eyJh"
	"IjpbMV19fQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViI"
	"joiMjQ4Mjg5NzYxMDAxIn0.irB5DGB2r-h2Ap1JnZkRj0A2M9DFTxwuOsVrd"
	"w7XSlVMj8-8fKvdM8YD2BJ93q8bOcd-0IzrIl6ZlDJxdit7Dw"},
    {"jku, jwk, x5u, x5c of nobody are not used",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiamt1IjoiaHR0cHM6Ly9ldmls"
	"LmV4YW1wbGUvIiwiandrIjp7Imt0eSI6Ik9LUCIsImNydiI6IkVkMjU1MTki"
	"LCJ4IjoiQ1pvN21mX21VNzFSNVdhLVllNy1uU0FnX0pGUE9JeFZOcjE3X0dQ"
	"NlR0VSJ9LCJ4NXUiOiJodHRwczovL2V2aWwuZXhhbXBsZS8iLCJ4NWMiOlsi"
	"QUFBQSJdfQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViI"
	"joiMjQ4Mjg5NzYxMDAxIn0.Gy7jLxwKPkkXIgXzf0HByvRkEQOnBXDTD0NL0"
	"m-cIehsYtHLKj6zfH7-fWtifEXxYow1-C4fQpkW10g0Rsq-BQ"},
    {"b64 without crit is nothing",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiYjY0IjpmYWxzZX0.eyJpc3Mi"
	"OiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAx"
	"In0.piY_unmCRg3pWTS4Zgxr11RRPPRb8ZJm3qsfARsaw63mkM-rcPsLH2vX"
	"YkOUv7Cx5cpw3l7JgcIVhb_MZvJjBg"},
    {"zip of a text that is not",
	"eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwiemlwIjoiREVGIn0.eyJpc3Mi"
	"OiJodHRwczovL2lkLmV4YW1wbGUuY29tIiwic3ViIjoiMjQ4Mjg5NzYxMDAx"
	"In0.4Vjmqy4tbBSdHykSnZ2x1WKKd_6ddlsfXBCY5RX0BfCmhNBsCLg1SIff"
	"oTgfyL7xVNHKQ2iqJ0pvKbROx8wuDQ"},
};
const size_t vectors_good_count =
    sizeof(vectors_good) / sizeof(vectors_good[0]);
